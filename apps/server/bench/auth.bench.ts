/** Prints the rows of the speed table that exist so far: `auth.validate` and `auth.login`. */
import { callMana, createManaUser, JSON_HEADERS, toBody } from './support/bench-user.ts';
import { requestsPerSecond } from './support/http-load.ts';
import { countPerSecond, printHead, printRatio } from './support/rounds.ts';
import { BETTER_AUTH_ORIGIN, EMAIL, PASSWORD, startBenchServers } from './support/servers.ts';

const CONNECTIONS = 32;
const SIGN_INS_AT_ONCE = 8;

const servers = await startBenchServers();
try {
  await createManaUser(servers.mana);
  const signIn = () => callMana(servers.mana, 'auth.login', { email: EMAIL, password: PASSWORD });
  const { accessToken } = (await signIn()) as { accessToken: string };
  const validate = requestsPerSecond({
    url: `${servers.mana}/trpc/auth.validate`,
    method: 'POST',
    headers: JSON_HEADERS,
    body: toBody({ token: accessToken }),
    connections: CONNECTIONS,
  });
  const { cookie, signInTheirs } = await prepareBetterAuth(servers.betterAuth);

  printHead();
  await printRatio({
    what: '`auth.validate` over HTTP',
    reference: 'an empty tRPC query on the same adapter',
    goal: 0.8,
    subject: validate,
    against: requestsPerSecond({
      url: `${servers.empty}/trpc/empty`,
      method: 'POST',
      headers: JSON_HEADERS,
      body: toBody({ token: accessToken }),
      connections: CONNECTIONS,
    }),
  });
  await printRatio({
    what: '`auth.validate` over HTTP',
    reference: "Better Auth's get-session over HTTP, cookie, same Postgres",
    goal: 6,
    subject: validate,
    against: requestsPerSecond({
      url: `${servers.betterAuth}/api/auth/get-session`,
      method: 'GET',
      headers: { cookie },
      connections: CONNECTIONS,
    }),
  });
  await printRatio({
    what: '`auth.login`, 8 at a time',
    reference: 'the bare password hash, 8 at a time',
    goal: 0.9,
    subject: countPerSecond(SIGN_INS_AT_ONCE, signIn),
    against: (milliseconds) => servers.bareHash(SIGN_INS_AT_ONCE, milliseconds),
  });
  await printRatio({
    what: '`auth.login`',
    reference: "Better Auth's sign-in with its default hash",
    goal: 3,
    subject: countPerSecond(SIGN_INS_AT_ONCE, signIn),
    against: countPerSecond(SIGN_INS_AT_ONCE, signInTheirs),
  });
} finally {
  await servers.close();
}

async function prepareBetterAuth(origin: string) {
  const signInTheirs = async () => {
    const response = await fetch(`${origin}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { ...JSON_HEADERS, origin: BETTER_AUTH_ORIGIN },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Better Auth answered ${response.status}: ${text}`);
    return response;
  };
  const response = await signInTheirs();
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { cookie, signInTheirs };
}
