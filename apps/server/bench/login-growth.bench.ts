/** Prints how much slower `auth.login` gets when the audit log of attempts is a thousand times as long. */
import pg from 'pg';
import { openBenchEnvironment } from './support/bench-environment.ts';
import { createReturningUsers } from './support/bench-user.ts';
import { medianMs } from './support/latency.ts';
import type { Measure } from './support/rounds.ts';
import { isSmoke, printHead, printRatio } from './support/rounds.ts';

const [FEW, MANY] = isSmoke ? [100, 1000] : [10_000, 10_000_000];
/** Attempts of one address, on average. */
const ATTEMPTS_EACH = 10;

const environment = await openBenchEnvironment();
try {
  const small = await measureLoginAfter(FEW);
  const large = await measureLoginAfter(MANY);
  printHead();
  await printRatio({
    what: `latency of \`auth.login\` at ${MANY.toLocaleString('en')} attempts`,
    reference: `at ${FEW.toLocaleString('en')}`,
    goal: { atMost: 1.2 },
    subject: large,
    against: small,
  });
} finally {
  await environment.close();
}

/** A server of its own, on a database with that many attempts in it. */
async function measureLoginAfter(attempts: number): Promise<Measure> {
  const database = await environment.createDatabase(`mana_bench_${attempts}`);
  const { origin } = await environment.start('mana', database);
  const [signIn] = await createReturningUsers(origin, 1);
  if (!signIn) throw new Error('There is nobody to sign in');
  await fillAttempts(database, attempts);
  return medianMs(signIn);
}

/** Attempts of the last twenty days, one in ten of them failed; some are the bench user's own. */
async function fillAttempts(databaseUrl: string, attempts: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes
     where schemaname = 'auth' and tablename = 'login_attempts' and indexname <> 'login_attempts_pkey'`,
  );
  for (const { indexname } of indexes) await client.query(`drop index auth.${indexname}`);
  await client.query(
    `insert into auth.login_attempts (email, ip_address, successful, attempted_at)
     select case when n % 10000 = 0 then 'bench-0@example.org' else 'user-' || n % ($1 / $2) || '@example.org' end,
            '192.0.2.' || n % 256, n % 10 > 0, now() - interval '20 days' * n / $1
     from generate_series(1, $1::int) n`,
    [attempts, ATTEMPTS_EACH],
  );
  for (const { indexdef } of indexes) await client.query(indexdef);
  await client.query('vacuum analyze auth.login_attempts');
  await client.end();
}
