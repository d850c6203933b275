/** Prints the rows of the speed table that exist so far: `auth.validate` and `auth.login`. */
import {
  BETTER_AUTH_ORIGIN,
  callMana,
  createManaUser,
  createReturningUsers,
  EMAIL,
  JSON_HEADERS,
  PASSWORD,
  toBody,
} from './support/bench-user.ts';
import { callsPerSecond, requestsPerSecond } from './support/http-load.ts';
import { printHead, printRatio } from './support/rounds.ts';
import { startBenchServers } from './support/servers.ts';

const CONNECTIONS = 32;
const SIGN_INS_AT_ONCE = 8;
const theirSignIn = {
  method: 'POST' as const,
  headers: { ...JSON_HEADERS, origin: BETTER_AUTH_ORIGIN },
  body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
};

const servers = await startBenchServers();
try {
  await createManaUser(servers.mana);
  const signIn = () => callMana(servers.mana, 'auth.login', { email: EMAIL, password: PASSWORD });
  const { accessToken } = (await signIn()) as { accessToken: string };
  const validation = {
    method: 'POST',
    headers: JSON_HEADERS,
    body: toBody({ token: accessToken }),
  } as const;
  const validate = requestsPerSecond(
    { url: `${servers.mana}/trpc/auth.validate`, ...validation },
    CONNECTIONS,
  );
  const signIns = callsPerSecond(await createReturningUsers(servers.mana, SIGN_INS_AT_ONCE));
  const cookie = await signInToBetterAuth(servers.betterAuth);

  printHead();
  await printRatio({
    what: '`auth.validate` over HTTP',
    reference: 'an empty tRPC query on the same adapter',
    goal: { atLeast: 0.8 },
    subject: validate,
    against: requestsPerSecond({ url: `${servers.empty}/trpc/empty`, ...validation }, CONNECTIONS),
  });
  await printRatio({
    what: '`auth.validate` over HTTP',
    reference: "Better Auth's get-session over HTTP, cookie, same Postgres",
    goal: { atLeast: 6 },
    subject: validate,
    against: requestsPerSecond(
      { url: `${servers.betterAuth}/api/auth/get-session`, method: 'GET', headers: { cookie } },
      CONNECTIONS,
    ),
  });
  await printRatio({
    what: '`auth.login`, 8 at a time',
    reference: 'the bare password hash, 8 at a time',
    goal: { atLeast: 0.9 },
    subject: signIns,
    against: (milliseconds) => servers.bareHash(SIGN_INS_AT_ONCE, milliseconds),
  });
  await printRatio({
    what: '`auth.login`',
    reference: "Better Auth's sign-in with its default hash",
    goal: { atLeast: 3 },
    subject: signIns,
    against: requestsPerSecond(
      { url: `${servers.betterAuth}/api/auth/sign-in/email`, ...theirSignIn },
      SIGN_INS_AT_ONCE,
    ),
  });
} finally {
  await servers.close();
}

async function signInToBetterAuth(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/sign-in/email`, theirSignIn);
  if (!response.ok) throw new Error(`Better Auth answered ${response.status}`);
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}
