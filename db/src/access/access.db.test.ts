import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { readCatalogInside } from '../catalog/catalog.ts';
import { checkDrift } from '../catalog/drift.ts';
import { migrateToLatest } from '../migrate/migrate.ts';
import { decideAccess, readRoles } from './access.ts';
import { tableRules } from './access-rules.ts';

/** The tables into which `insertUserWithSecrets` puts a row. */
const SECRET_TABLES = [
  'auth.accounts',
  'auth.encryption_vault_audit',
  'auth.encryption_vaults',
  'auth.invitations',
  'auth.jwks',
  'auth.known_devices',
  'auth.outbox',
  'auth.sessions',
  'auth.two_factor_auth',
  'auth.vault_notes',
  'auth.vault_passkey_wraps',
  'auth.verification',
];

let database: TestDatabase;
let owner: Kysely<unknown>;
let app: Kysely<unknown>;
let admin: Kysely<unknown>;
/** A role that isn't ours, which exists in the whole cluster. */
let stranger: string;

function connect(url: string): Kysely<unknown> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined); // cut off by drop()
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}

beforeAll(async () => {
  database = await createTestDatabase();
  owner = connect(database.ownerUrl);
  app = connect(database.appUrl);
  admin = connect(database.adminUrl);
  stranger = `stranger ${process.pid}`;
  await sql`create role ${sql.id(stranger)}`.execute(admin);
});

beforeEach(async () => {
  await sql`drop schema if exists auth cascade`.execute(owner);
  await migrateToLatest({ db: owner, appRole: database.appRole });
});

afterEach(async () => {
  await sql`drop owned by ${sql.id(stranger)}`.execute(admin);
});

afterAll(async () => {
  await sql`drop role ${sql.id(stranger)}`.execute(admin);
  await Promise.all([owner, app, admin].map((db) => db.destroy()));
  await database.drop();
});

/** What a plan that has nothing else to do runs. */
async function applyAccess(db: Kysely<unknown>, appRole: string | null): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const roles = await readRoles(trx, appRole);
    const live = await readCatalogInside(trx, roles);
    for (const statement of decideAccess(live, roles)) await statement.execute(trx);
  });
}

async function listPrivileges(role: string, table: string): Promise<string[]> {
  const { rows } = await sql<{ privilege: string }>`
    select privilege
    from unnest(array[
      'select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'
    ]) as privilege
    where has_table_privilege(${role}, ${table}, privilege)
  `.execute(admin);
  return rows.map((row) => row.privilege);
}

/** Sets whose rows every later statement on this one connection sees. */
async function enterContext(db: Kysely<unknown>, userId: string): Promise<void> {
  await sql`select set_config('app.current_user_id', ${userId}, false)`.execute(db);
}

async function insertUserWithSecrets(): Promise<void> {
  await enterContext(app, 'u');
  await enterContext(owner, 'u');
  const soon = new Date(Date.now() + 60_000);
  await sql`insert into auth.users (id, name, email) values ('u', 'U', 'u@example.org')`.execute(
    app,
  );
  await sql`
    insert into auth.sessions (id, expires_at, token, user_id) values ('s', ${soon}, 'secret', 'u')
  `.execute(app);
  await sql`
    insert into auth.accounts (id, account_id, provider_id, user_id, password)
    values ('a', 'u', 'credential', 'u', 'hash')
  `.execute(app);
  await sql`
    insert into auth.verification (id, identifier, value, expires_at) values ('v', 'i', 'x', ${soon})
  `.execute(app);
  await sql`insert into auth.jwks (id, public_key, private_key) values ('j', 'p', 'k')`.execute(
    app,
  );
  await sql`insert into auth.two_factor_auth (user_id, secret) values ('u', 's')`.execute(app);
  await sql`insert into auth.known_devices (user_id, device_id) values ('u', 'd')`.execute(app);
  await sql`
    insert into auth.outbox (id, kind, recipient, is_requested, payload, expires_at, next_attempt_at)
    values (gen_random_uuid(), 'notice', 'u@example.org', false, 'x', ${soon}, now())
  `.execute(app);
  await sql`insert into auth.organizations (id, name, slug) values ('o', 'O', 'o')`.execute(app);
  await sql`
    insert into auth.invitations (id, organization_id, email, expires_at, inviter_id)
    values ('i', 'o', 'e@example.org', ${soon}, 'u')
  `.execute(app);
  await sql`
    insert into auth.encryption_vaults (user_id, wrapped_mk, wrap_iv) values ('u', 'w', 'i')
  `.execute(app);
  await sql`
    insert into auth.passkeys (id, user_id, credential_id, public_key, device_type)
    values ('p', 'u', 'c', 'k', 'multiDevice')
  `.execute(app);
  await sql`
    insert into auth.vault_passkey_wraps
      (passkey_id, user_id, generation, wrapped_mk, wrap_iv, format_version)
    values ('p', 'u', 1, 'w', 'i', 2)
  `.execute(app);
  await sql`insert into auth.encryption_vault_audit (user_id, action) values ('u', 'init')`.execute(
    app,
  );
  const value = 'enc:2:1.AAECAwQFBgcICQoL.AAECAwQFBgcICQoLDA0ODw==';
  await sql`
    insert into auth.vault_notes (user_id, id, title, body)
    values ('u', gen_random_uuid(), ${value}, ${value})
  `.execute(app);
  await sql`insert into auth.security_events (user_id, event_type) values ('u', 'T')`.execute(app);
}

async function countRows(db: Kysely<unknown>, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(table)}
  `.execute(db);
  return rows[0]?.n ?? -1;
}

describe('the plain role', () => {
  it('has the privileges that the rules name on each table and no others', async () => {
    for (const [table, rule] of Object.entries(tableRules)) {
      expect(await listPrivileges(database.appRole, table), table).toEqual(rule.app);
    }
  });

  it('may fill and change no column of users that an operator decides', async () => {
    await insertUserWithSecrets();
    const refused = { code: '42501' };
    for (const [column, value] of Object.entries({
      role: 'admin',
      access_tier: 'founder',
      kind: 'system',
      deleted_at: null,
      onboarding_completed_at: null,
    })) {
      const [name, lit] = [sql.id(column), sql.lit(value)];
      await expect(sql`update auth.users set ${name} = ${lit}`.execute(app)).rejects.toMatchObject(
        refused,
      );
      const inserted = sql`insert into auth.users (id, name, email, ${name}) values ('v', 'V', 'v@example.org', ${lit})`;
      await expect(inserted.execute(app)).rejects.toMatchObject(refused);
    }
    const { rows } = await sql<{ column: string }>`
      select column_name as column from information_schema.column_privileges
      where grantee = ${database.appRole} and table_name = 'users' and privilege_type = 'UPDATE'
      order by 1
    `.execute(admin);
    expect(rows.map(({ column }) => column)).toEqual(
      [...(tableRules['auth.users'].columns?.update ?? [])].sort(),
    );
  });

  it('can use everything that it needs, the numbers of login attempts included', async () => {
    await insertUserWithSecrets();
    await sql`insert into auth.login_attempts (email) values ('u@example.org')`.execute(app);
    for (const table of SECRET_TABLES) expect(await countRows(app, table), table).toBe(1);
  });

  it('can neither change nor remove a security event', async () => {
    await insertUserWithSecrets();
    for (const statement of [
      sql`update auth.security_events set event_type = 'X'`,
      sql`delete from auth.security_events`,
      sql`truncate auth.security_events`,
    ]) {
      await expect(statement.execute(app)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('can create no table and no schema', async () => {
    await expect(sql`create table auth.mine ()`.execute(app)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(sql`create schema mine`.execute(app)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('S27: every table of secrets', () => {
  it('has row-level security enabled and forced, and is tested here', async () => {
    const secret = Object.entries(tableRules).filter(([, rule]) => rule.rows !== 'all');
    expect(secret.map(([name]) => name).sort()).toEqual(SECRET_TABLES);
    const { rows } = await sql<{ name: string }>`
      select 'auth.' || relname as name from pg_class
      where relnamespace = 'auth'::regnamespace and relrowsecurity and relforcerowsecurity
      order by 1
    `.execute(owner);
    expect(rows.map((row) => row.name)).toEqual(SECRET_TABLES);
  });
});

describe('a user who is deleted', () => {
  it('takes their own rows along and leaves the audit logs', async () => {
    await insertUserWithSecrets();
    await sql`delete from auth.users`.execute(app);
    const own = ['sessions', 'accounts', 'two_factor_auth', 'encryption_vaults', 'vault_notes'];
    for (const table of own) expect(await countRows(app, `auth.${table}`), table).toBe(0);
    expect(await countRows(app, 'auth.encryption_vault_audit')).toBe(1);
    expect(await countRows(app, 'auth.security_events')).toBe(1);
  });
});

describe('a role that is not ours', () => {
  it('sees no row of a table of secrets, even if it is granted select', async () => {
    await insertUserWithSecrets();
    await sql`grant usage on schema auth to ${sql.id(stranger)}`.execute(owner);
    await sql`grant select on all tables in schema auth to ${sql.id(stranger)}`.execute(owner);
    await admin.transaction().execute(async (trx) => {
      await sql`set local role ${sql.id(stranger)}`.execute(trx);
      expect(await countRows(trx, 'auth.users')).toBe(1);
      for (const table of SECRET_TABLES) expect(await countRows(trx, table), table).toBe(0);
    });
    for (const table of SECRET_TABLES) expect(await countRows(owner, table), table).toBe(1);
  });

  it('loses what it was granted, and so do all others', async () => {
    await sql`grant select on auth.users to public`.execute(owner);
    await sql`grant update (email) on auth.users to ${sql.id(stranger)}`.execute(owner);
    await sql`grant usage on schema auth to public`.execute(owner);
    await sql`grant usage on sequence auth.login_attempts_id_seq to public`.execute(owner);
    await sql`create policy loophole on auth.sessions to public using (true)`.execute(owner);

    await applyAccess(owner, database.appRole);
    expect(await checkDrift(owner, { app: database.appRole, owner: database.ownerRole })).toEqual({
      problems: [],
      warnings: [],
    });
  });
});

describe('another name for the plain role', () => {
  it('gets exactly the rights, and the former one loses them', async () => {
    await applyAccess(owner, stranger);
    expect(await checkDrift(owner, { app: stranger, owner: database.ownerRole })).toEqual({
      problems: [],
      warnings: [],
    });
    for (const table of Object.keys(tableRules)) {
      expect(await listPrivileges(database.appRole, table), table).toEqual([]);
    }
    await expect(countRows(app, 'auth.users')).rejects.toMatchObject({ code: '42501' });
  });

  it.each(['null', 'the name of the owner'])(
    'leaves the owner alone when it is %s',
    async (kind) => {
      await applyAccess(owner, kind === 'null' ? null : database.ownerRole);
      expect(await checkDrift(owner, { app: null, owner: database.ownerRole })).toEqual({
        problems: [],
        warnings: [],
      });
      expect(await countRows(owner, 'auth.sessions')).toBe(0);
    },
  );
});

describe('applying the rules again', () => {
  it('takes no lock that would wait for a reader', async () => {
    await app.transaction().execute(async (reader) => {
      await sql`select 1 from auth.sessions, auth.users`.execute(reader);
      await owner.connection().execute(async (connection) => {
        await sql`set lock_timeout = '200ms'`.execute(connection);
        await applyAccess(connection, database.appRole);
      });
    });
  });

  it('would wait for that reader if there were something to change', async () => {
    await app.transaction().execute(async (reader) => {
      await sql`select 1 from auth.sessions`.execute(reader);
      await owner.connection().execute(async (connection) => {
        await sql`set lock_timeout = '200ms'`.execute(connection);
        const change = applyAccess(connection, null);
        await expect(change).rejects.toMatchObject({ code: '55P03' });
      });
    });
  });
});
