import { type Kysely, sql } from 'kysely';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { connectForTest } from '../../testing/connect.ts';
import {
  createExistingDatabase,
  EXISTING_DATABASE_KINDS,
  type ExistingDatabaseKind,
} from '../../testing/existing-database.ts';
import { inProofs } from '../../testing/in-proofs.ts';
import { findLostValues, readRows } from '../../testing/read-rows.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { checkDrift } from '../catalog/drift.ts';
import { migrateToLatest } from './migrate.ts';

/** What the operator added: it stays, and the drift guard names it as a warning. */
const OF_THE_OPERATOR: Partial<Record<ExistingDatabaseKind, readonly string[]>> = {
  partial: [
    'auth.notes: table unexpected',
    'auth.users.internal_note: column unexpected (text, nullable)',
    'auth.users: index users_internal_note_idx unexpected ' +
      '(CREATE INDEX users_internal_note_idx ON auth.users USING btree (internal_note))',
  ],
};

async function prepare(kind: ExistingDatabaseKind): Promise<TestDatabase> {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, kind);
  return database;
}

/** A migrated database of a kind, for tests that only read or add, and what was in its rows before. */
interface Migrated {
  readonly database: TestDatabase;
  readonly before: Awaited<ReturnType<typeof readRows>>;
  readonly after: Awaited<ReturnType<typeof readRows>>;
}

const migrated = new Map<ExistingDatabaseKind, Promise<Migrated>>();
afterAll(async () => {
  for (const one of migrated.values()) await (await one).database.drop();
});

async function findMigrated(kind: ExistingDatabaseKind) {
  const one = migrated.get(kind) ?? migrate(kind);
  migrated.set(kind, one);
  const { database, before, after } = await one;
  return { database, before, after, db: connectForTest(database.ownerUrl) };
}

async function migrate(kind: ExistingDatabaseKind): Promise<Migrated> {
  const database = await createEmptyTestDatabase();
  await createExistingDatabase(database.ownerUrl, kind);
  const admin = connectForTest(database.adminUrl);
  const before = await readRows(admin);
  await migrateToLatest({ db: connectForTest(database.ownerUrl), appRole: database.appRole });
  return { database, before, after: await readRows(admin) };
}

describe.each(EXISTING_DATABASE_KINDS)('an existing database of the kind %s', (kind) => {
  it('migrates to a schema without drift', async () => {
    const { database, db } = await findMigrated(kind);
    const roles = { app: database.appRole, owner: database.ownerRole };
    expect(await checkDrift(db, roles)).toEqual({
      problems: [],
      warnings: OF_THE_OPERATOR[kind] ?? [],
    });
  });

  it('keeps every row of every table with its values', async () => {
    const { before, after } = await findMigrated(kind);
    expect(findLostValues(before, after)).toEqual([]);
  });

  it('has nothing left to do the second time, and changes nothing', async () => {
    const { database } = await findMigrated(kind);
    const admin = connectForTest(database.adminUrl);
    const before = await readVersions(admin);
    const statements: string[] = [];
    const db = connectForTest(database.ownerUrl, {
      onStatement: (statement) => statements.push(statement.trim()),
    });
    expect(await migrateToLatest({ db, appRole: database.appRole })).toEqual({ applied: [] });
    expect(
      statements.filter((statement) => !/^(select|with|begin|commit)\b/.test(statement)),
    ).toEqual([]);
    expect(await readVersions(admin)).toEqual(before);
  });
});

it.each(inProofs(EXISTING_DATABASE_KINDS, { otherwise: ['drizzle'] }))(
  'an existing database of the kind %s is migrated once by two processes that start at the same moment',
  async (kind) => {
    const database = await prepare(kind);
    const runs = [1, 2].map(() =>
      migrateToLatest({ db: connectForTest(database.ownerUrl), appRole: database.appRole }),
    );
    const applied = (await Promise.all(runs)).map((run) => run.applied.length);
    expect(applied.sort()).toEqual([0, Object.keys(migrations).length]);
  },
);

describe('after the migration', () => {
  it('the enums are in auth, with their defaults, and none is left in public', async () => {
    const { db } = await findMigrated('plain');
    await sql`insert into auth.users (id, name, email) values ('new', 'New', 'new@example.org')`.execute(
      db,
    );
    const user = await sql`
      select role, access_tier, kind, pg_typeof(role)::text as type from auth.users where id = 'new'
    `.execute(db);
    expect(user.rows).toEqual([
      { role: 'user', access_tier: 'public', kind: 'human', type: 'auth.user_role' },
    ]);
    const left = await sql`
      select typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
    `.execute(db);
    expect(left.rows).toEqual([]);
  });

  it('an enum that something else uses stays in public, with what uses it', async () => {
    const { db } = await findMigrated('partial');
    const tiers =
      await sql`select tier::text, pg_typeof(tier)::text as type from public.tiers`.execute(db);
    expect(tiers.rows).toEqual([{ tier: 'beta', type: 'access_tier' }]);
  });

  it.each(['plain', 'drizzle', 'partial'] as const)(
    'login attempts of the kind %s go on with a number that was never used',
    async (kind) => {
      const { database } = await findMigrated(kind);
      const app = connectForTest(database.appUrl);
      const added = await sql<{ id: number }>`
        insert into auth.login_attempts (email) values ('a@example.org') returning id
      `.execute(app);
      expect(added.rows[0]?.id).toBeGreaterThan(50);
    },
  );

  it('every address is in lower case, as it is looked up', async () => {
    const { db } = await findMigrated('drizzle');
    const { rows } = await sql<{ email: string }>`
      select email from auth.users union all select email from auth.invitations
    `.execute(db);
    expect(rows.length).toBeGreaterThan(4);
    for (const { email } of rows) expect(email).toBe(email.trim().toLowerCase());
  });

  it('a session is as old as its sign-in: an upgrade makes no session fresh', async () => {
    const { db } = await findMigrated('plain');
    const fresh = await sql`
      select id from auth.sessions where authenticated_at > now() - interval '10 minutes'
    `.execute(db);
    expect(fresh.rows).toEqual([]);
  });

  it('times without a zone are read as UTC, whatever the zone of the server', async () => {
    const database = await prepare('drizzle');
    await sql`alter role ${sql.id(database.ownerRole)} in database ${sql.id(database.name)}
      set timezone = 'Asia/Kathmandu'`.execute(connectForTest(database.adminUrl));
    const db = connectForTest(database.ownerUrl);
    await migrateToLatest({ db, appRole: database.appRole });
    const { rows } = await sql<{ at: Date }>`
      select created_at as at from auth.users where id = 'user-ada'
    `.execute(db);
    expect(rows[0]?.at.toISOString()).toBe('2024-02-29T12:00:00.000Z');
  });
});

it('what belongs to a role of which the migrating one is a member becomes its own', async () => {
  const database = await prepare('partial');
  const admin = connectForTest(database.adminUrl);
  const former = sql.id(`former owner ${process.pid}`);
  await sql`create role ${former}`.execute(admin);
  onTestFinished(async () => {
    await sql`drop owned by ${former} cascade`.execute(admin);
    await sql`drop role ${former}`.execute(admin);
  });
  await sql`grant ${former} to ${sql.id(database.ownerRole)}`.execute(admin);
  for (const [kind, names] of Object.entries(await listObjects(admin))) {
    for (const name of names) {
      await sql`alter ${sql.raw(kind)} ${sql.raw(name)} owner to ${former}`.execute(admin);
    }
  }
  await sql`grant select on auth.users to ${sql.id(database.ownerRole)}`.execute(admin);
  const before = await readRows(admin);

  const db = connectForTest(database.ownerUrl, { max: 2 });
  await migrateToLatest({ db, appRole: database.appRole });
  const roles = { app: database.appRole, owner: database.ownerRole };
  expect(await checkDrift(db, roles)).toEqual({ problems: [], warnings: OF_THE_OPERATOR.partial });
  const schema = await sql`
    select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'auth'
  `.execute(db);
  expect(schema.rows).toEqual([{ owner: database.ownerRole }]);
  expect(findLostValues(before, await readRows(admin))).toEqual([]);
  // The owner lost none of its own rights; only the vaults show rows to nobody but their user.
  const lost = findLostValues(before, await readRows(db));
  expect(lost.filter((line) => !line.startsWith('encryption_vault'))).toEqual([]);
});

/** Our tables and enums, and the schema, by what `alter` calls them. */
async function listObjects(db: Kysely<unknown>): Promise<Record<string, string[]>> {
  const { rows } = await sql<{ kind: string; name: string }>`
    select 'table' as kind, oid::regclass::text as name from pg_class
    where relnamespace = 'auth'::regnamespace and relkind = 'r' and relname <> 'notes'
    union all
    select 'type', oid::regtype::text from pg_type
    where typtype = 'e' and typnamespace::regnamespace::text in ('auth', 'public')
    union all select 'schema', 'auth'
  `.execute(db);
  const kinds: Record<string, string[]> = {};
  for (const { kind, name } of rows) kinds[kind] = [...(kinds[kind] ?? []), name];
  return kinds;
}

/** Changes with every change to a catalog or a row. */
async function readVersions(db: Kysely<unknown>): Promise<unknown> {
  const catalogs = [
    'pg_class',
    'pg_attribute',
    'pg_type',
    'pg_constraint',
    'pg_policy',
    'pg_trigger',
  ];
  const versions: unknown[] = [];
  for (const catalog of [...catalogs, 'auth.users', 'auth.sessions', 'auth.kysely_migration']) {
    const { rows } = await sql`
      select string_agg(distinct xmin::text, ' ') as xmins, count(*)::int as n
      from ${sql.table(catalog)}
    `.execute(db);
    versions.push({ catalog, rows });
  }
  return versions;
}
