/**
 * S25, in time: the medians of known and unknown addresses over interleaved samples, as a ratio.
 * `docs/operations.md` says what is concealed; status, body and headers are compared in the tests.
 */
import pg from 'pg';
import { createManaUser, EMAIL, JSON_HEADERS, PASSWORD, toBody } from './support/bench-user.ts';
import { median } from './support/rounds.ts';
import { startBenchServers } from './support/servers.ts';

const SAMPLES = process.env['BENCH_SMOKE'] === '1' ? 3 : 500;
const GOAL = 0.05;
/** In the form used before argon2id; the password is unknown. */
const SCRYPT_HASH = `${'0'.repeat(32)}:${'0'.repeat(128)}`;

const servers = await startBenchServers();
try {
  await createManaUser(servers.mana);
  process.stdout.write('| call | known ÷ unknown, medians | goal | |\n|---|---|---|---|\n');
  await compare('auth.login', servers.mana, (email) => ({ email, password: 'a wrong password' }));
  await compare('auth.resendVerification', servers.mana, (email) => ({ email }));
  await compare('auth.forgotPassword', servers.mana, (email) => ({ email }));
  await compare('auth.register, concealed', servers.manaConcealing, (email) => ({
    email,
    password: PASSWORD,
    name: 'Bench',
  }));
  await storeScryptHash(servers.manaDatabase);
  await compare('auth.login, of an old hash', servers.mana, (email) => ({
    email,
    password: 'a wrong password',
  }));
} finally {
  await servers.close();
}

async function storeScryptHash(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('update auth.accounts set password = $1', [SCRYPT_HASH]);
  await client.end();
}

async function compare(
  what: string,
  origin: string,
  toInput: (email: string) => unknown,
): Promise<void> {
  const path = what.split(',')[0] ?? what;
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let i = 0; i < SAMPLES; i += 1) {
    const stranger = `stranger-${i}-${what.length}@example.org`;
    known.push(await timeCall(origin, path, toInput(EMAIL)));
    unknown.push(await timeCall(origin, path, toInput(stranger)));
  }
  const ratio = median(known) / median(unknown);
  const isSame = Math.abs(ratio - 1) < GOAL;
  process.stdout.write(
    `| ${what} | ${ratio.toFixed(3)} | 1 ± ${GOAL} | ${isSame ? 'met' : 'MISSED'} |\n`,
  );
}

async function timeCall(origin: string, path: string, input: unknown): Promise<number> {
  const start = performance.now();
  const response = await fetch(`${origin}/trpc/${path}`, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: toBody(input),
  });
  await response.text();
  return performance.now() - start;
}
