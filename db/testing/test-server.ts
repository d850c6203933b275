import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { APP_ROLE, OWNER_ROLE } from '../src/embedded/roles.ts';

/** What a test worker needs to create databases. Contains passwords of a disposable server. */
export interface TestServer {
  /** Of a superuser. */
  readonly adminUrl: string;
  readonly ownerRole: string;
  readonly appRole: string;
  /** The same for both roles. */
  readonly password: string;
  /** Begins the name of each database of this run. */
  readonly prefix: string;
  /** The migrated one that test databases are copied from. */
  readonly template: string;
}

/** Fixed, so that simultaneous runs on one server agree on it. */
const PASSWORD = 'mana-auth-test';
const ANY_RUN = 'mana_test_';
const ROLES_LOCK = 7_261_350_414;

/** Reserves names on the server and creates the two roles, which stay for the next run. */
export async function prepareTestServer(
  adminUrl: string,
): Promise<{ server: TestServer; release(): Promise<void> }> {
  const admin = new pg.Client({ connectionString: adminUrl, application_name: 'mana-auth tests' });
  // Lost when a test stops the server; the run then cleans up over a new connection.
  admin.on('error', () => undefined);
  await admin.connect();
  await createRoles(admin);
  await dropDatabasesOfDeadRuns(admin);

  const run = randomBytes(4).toString('hex');
  const prefix = `${ANY_RUN}${run}_`;
  await admin.query('select pg_advisory_lock($1)', [lockOf(run)]);
  const release = async () => {
    await admin.end();
    const tidy = new pg.Client({ connectionString: adminUrl });
    await tidy.connect();
    await dropDatabases(tidy, prefix);
    await tidy.end();
  };
  const roles = { ownerRole: OWNER_ROLE, appRole: APP_ROLE, password: PASSWORD };
  return { server: { adminUrl, ...roles, prefix, template: `${prefix}template` }, release };
}

async function createRoles(admin: pg.Client): Promise<void> {
  await admin.query('select pg_advisory_lock($1)', [ROLES_LOCK]);
  for (const role of [OWNER_ROLE, APP_ROLE]) {
    const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    if (rowCount === 0) await admin.query(`create role ${role}`);
    await admin.query(`alter role ${role} login password '${PASSWORD}'`);
  }
  await admin.query('select pg_advisory_unlock($1)', [ROLES_LOCK]);
}

/** A run holds its lock as long as it lives: a free lock means that its run won't drop its databases. */
async function dropDatabasesOfDeadRuns(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ run: string }>(
    `select distinct split_part(datname, '_', 3) as run from pg_database
     where datname ~ '^${ANY_RUN}[0-9a-f]{8}_'`,
  );
  for (const { run } of rows) {
    const lock = await admin.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      lockOf(run),
    ]);
    if (!lock.rows[0]?.taken) continue;
    await dropDatabases(admin, `${ANY_RUN}${run}_`);
    await admin.query('select pg_advisory_unlock($1)', [lockOf(run)]);
  }
}

async function dropDatabases(admin: pg.Client, prefix: string): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [prefix],
  );
  for (const { datname } of rows) {
    await admin.query(`drop database if exists ${datname} with (force)`);
  }
}

function lockOf(run: string): number {
  return Number.parseInt(run, 16);
}

/** The address of a database on the server, for a role or, without one, for the superuser. */
export function createTestUrl(server: TestServer, database: string, role?: string): string {
  const url = new URL(server.adminUrl);
  url.pathname = `/${database}`;
  if (role !== undefined) {
    url.username = role;
    url.password = server.password;
  }
  return url.href;
}
