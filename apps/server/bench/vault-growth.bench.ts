/** Prints how much slower `vault.key` gets when there are a thousand times as many vaults and fetches. */
import pg from 'pg';
import { openBenchEnvironment } from './support/bench-environment.ts';
import { medianWorkMs } from './support/latency.ts';
import { isSmoke, printHead, printRatio } from './support/rounds.ts';
import { openVaultBench, type VaultBench } from './support/vault-user.ts';

const [FEW, MANY] = isSmoke ? [100, 1000] : [1000, 1_000_000];
/** Of each user, on average. */
const FETCHES_EACH = 5;

const environment = await openBenchEnvironment();
const opened: VaultBench[] = [];
try {
  const [small, large] = [await openAmong(FEW), await openAmong(MANY)];
  printHead();
  await printRatio({
    what: `latency of \`vault.key\` at ${MANY.toLocaleString('en')} vaults`,
    reference: `at ${FEW.toLocaleString('en')}`,
    goal: { atMost: 1.2 },
    subject: medianWorkMs(large.fetchKey),
    against: medianWorkMs(small.fetchKey),
  });
} finally {
  for (const { close } of opened) await close();
  await environment.close();
}

/** The bench's users, among that many others whose vaults have been fetched for twenty days. */
async function openAmong(vaults: number): Promise<VaultBench> {
  const database = await environment.createDatabase(`mana_bench_vaults_${vaults}`);
  const bench = await openVaultBench(database);
  opened.push(bench);
  await fillVaults(database, vaults);
  return bench;
}

async function fillVaults(databaseUrl: string, vaults: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `insert into auth.users (id, name, email)
     select md5(n::text), 'Other', n || '@example.com' from generate_series(1, $1::int) n`,
    [vaults],
  );
  await client.query(
    `insert into auth.encryption_vaults (user_id, wrapped_mk, wrap_iv, format_version, kek_id)
     select md5(n::text), repeat('A', 108), repeat('A', 16), 2, (select min(kek_id) from auth.keks)
     from generate_series(1, $1::int) n`,
    [vaults],
  );
  await client.query(
    `insert into auth.encryption_vault_audit (user_id, action, ip_address, status, created_at)
     select md5((n % $1 + 1)::text), 'fetch', '192.0.2.1', 'OK', now() - interval '20 days' * n / ($1 * $2)
     from generate_series(1, $1::int * $2::int) n`,
    [vaults, FETCHES_EACH],
  );
  await client.query('vacuum analyze');
  await client.end();
}
