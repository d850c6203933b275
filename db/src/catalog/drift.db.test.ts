import { type Kysely, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, connectWithSavepoints } from '../../testing/connect.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { readCatalog } from './catalog.ts';
import type { CatalogRoles } from './catalog-types.ts';
import { checkDrift } from './drift.ts';
import { expectedCatalog } from './expected-catalog.ts';

let database: TestDatabase;
let owner: Kysely<unknown>;
let app: Kysely<unknown>;
let admin: Kysely<unknown>;
let roles: CatalogRoles;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = connect(database.ownerUrl);
  app = connect(database.appUrl);
  admin = connectWithSavepoints(database.adminUrl);
  roles = { app: database.appRole, owner: database.ownerRole };
});

// What a test changes is never committed.
beforeEach(() => sql`begin`.execute(admin));
afterEach(() => sql`rollback`.execute(admin));

afterAll(async () => {
  await Promise.all([owner, app, admin].map((db) => db.destroy()));
  await database.drop();
});

describe('a freshly migrated database', () => {
  it('shows no drift to the owner, to the plain role and to a superuser', async () => {
    for (const db of [owner, app, admin]) expect(await describeDrift(db)).toEqual([]);
  });

  it('reads the same whatever the search path is, and leaves that as it was', async () => {
    for (const path of ['auth, public', 'public', 'auth, pg_catalog']) {
      await app.connection().execute(async (connection) => {
        await sql`set search_path = ${sql.raw(path)}`.execute(connection);
        expect(await readCatalog(connection, roles)).toEqual(expectedCatalog);
        const shown = await sql`show search_path`.execute(connection);
        expect(shown.rows).toEqual([{ search_path: path }]);
        await sql`reset search_path`.execute(connection);
      });
    }
  });
});

async function describeDrift(db: Kysely<unknown>): Promise<string[]> {
  const { problems, warnings } = await checkDrift(db, roles);
  return [...problems, ...warnings.map((line) => `warning: ${line}`)];
}

/** What was done to the database, and every line that it must give. What keeps nobody out is a warning. */
const DIFFERENCES: readonly [change: string, lines: readonly string[]][] = [
  [
    'alter table auth.users drop column onboarding_completed_at',
    ['auth.users.onboarding_completed_at: column missing (timestamptz, nullable)'],
  ],
  [
    'alter table auth.users drop column email_verified',
    [
      'auth.users.email_verified: column missing (boolean, not null, default false)',
      'auth.users: grant to app missing (insert(email_verified), update(email_verified))',
    ],
  ],
  [
    'alter table auth.users drop column role',
    ["auth.users.role: column missing (auth.user_role, not null, default 'user'::auth.user_role)"],
  ],
  [
    'alter table auth.users add column nickname varchar(20)',
    ['warning: auth.users.nickname: column unexpected (varchar(20), nullable)'],
  ],
  [
    'alter table auth.users add column tenant int not null default 1, add column seen bigint generated always as identity',
    [
      'warning: auth.users.seen: column unexpected (bigint, not null, default generated always as identity)',
      'warning: auth.users.tenant: column unexpected (integer, not null, default 1)',
      'warning: auth.users_seen_seq: sequence unexpected',
    ],
  ],
  [
    'alter table auth.users add column tenant int not null',
    ['auth.users.tenant: column unexpected (integer, not null)'],
  ],
  [
    'alter table auth.sessions add column number serial',
    [
      "auth.sessions.number: column unexpected (integer, not null, default nextval('auth.sessions_number_seq'::regclass))",
      'warning: auth.sessions_number_seq: sequence unexpected',
    ],
  ],
  [
    `alter table auth.users add column manager text references auth.users (id) on delete set null,
       add column badge text unique`,
    [
      'warning: auth.users.badge: column unexpected (text, nullable)',
      'warning: auth.users.manager: column unexpected (text, nullable)',
      'warning: auth.users: constraint users_badge_key unexpected (UNIQUE (badge))',
      'warning: auth.users: constraint users_manager_fkey unexpected ' +
        '(FOREIGN KEY (manager) REFERENCES auth.users(id) ON DELETE SET NULL)',
    ],
  ],
  [
    'alter table auth.jwks rename column crv to curve',
    [
      'auth.jwks.crv: column missing (text, nullable)',
      'warning: auth.jwks.curve: column unexpected (text, nullable)',
    ],
  ],
  [
    'alter table auth.users alter column deleted_at type timestamp',
    ['auth.users.deleted_at: type is timestamp, expected timestamptz'],
  ],
  [
    'alter table auth.users alter column image set not null',
    ['auth.users.image: is not null, expected nullable'],
  ],
  [
    'alter table auth.sessions alter column remember_me drop not null',
    ['warning: auth.sessions.remember_me: is nullable, expected not null'],
  ],
  [
    'alter table auth.users alter column created_at drop default',
    ['auth.users.created_at: default is none, expected now()'],
  ],
  [
    "alter table auth.users alter column access_tier set default 'founder'",
    [
      "auth.users.access_tier: default is 'founder'::auth.access_tier, " +
        "expected 'public'::auth.access_tier",
    ],
  ],
  ['drop table auth.jwks', ['auth.jwks: table missing']],
  ['create table auth.extra (id text)', ['warning: auth.extra: table unexpected']],
  [
    'drop table auth.login_attempts',
    ['auth.login_attempts: table missing', 'auth.login_attempts_id_seq: sequence missing'],
  ],
  ['create sequence auth.extra', ['warning: auth.extra: sequence unexpected']],
  [
    'create view auth.peek as select id from auth.users',
    ['warning: auth.peek: view unexpected (SELECT id FROM auth.users;)'],
  ],
  [
    'create materialized view auth.peek as select id from auth.users',
    ['warning: auth.peek: view unexpected (SELECT id FROM auth.users;)'],
  ],
  [
    'create rule silent as on insert to auth.encryption_vault_audit do instead nothing',
    [
      'auth.encryption_vault_audit: rule silent unexpected (CREATE RULE silent AS ON INSERT TO ' +
        'auth.encryption_vault_audit DO INSTEAD NOTHING;)',
    ],
  ],
  [
    'revoke execute on function auth.read_vault_wraps from public',
    ['auth.read_vault_wraps(user_ids text[]): grant to public missing (execute)'],
  ],
  ['create schema spaces', ['warning: spaces: schema unexpected']],
  [
    'alter table auth.users drop constraint users_email_key',
    ['auth.users: constraint users_email_key missing (UNIQUE (email))'],
  ],
  [
    "alter table auth.users add constraint named check (name <> '')",
    ["auth.users: constraint named unexpected (CHECK ((name <> ''::text)))"],
  ],
  [
    `alter table auth.sessions drop constraint sessions_user_id_fkey,
       add constraint sessions_user_id_fkey foreign key (user_id) references auth.users (id)`,
    [
      'auth.sessions: constraint sessions_user_id_fkey is ' +
        '(FOREIGN KEY (user_id) REFERENCES auth.users(id)), expected ' +
        '(FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE)',
    ],
  ],
  [
    'drop index auth.accounts_user_id_idx',
    [
      'warning: auth.accounts: index accounts_user_id_idx missing ' +
        '(CREATE INDEX accounts_user_id_idx ON auth.accounts USING btree (user_id))',
    ],
  ],
  [
    'create index extra on auth.users (name)',
    [
      'warning: auth.users: index extra unexpected (CREATE INDEX extra ON auth.users USING btree (name))',
    ],
  ],
  [
    'create unique index extra on auth.users (lower(name))',
    [
      'auth.users: index extra unexpected (CREATE UNIQUE INDEX extra ON auth.users USING btree (lower(name)))',
    ],
  ],
  [
    `drop index auth.sessions_expires_at_idx;
     create unique index sessions_expires_at_idx on auth.sessions (expires_at)`,
    [
      'auth.sessions: index sessions_expires_at_idx is ' +
        '(CREATE UNIQUE INDEX sessions_expires_at_idx ON auth.sessions USING btree (expires_at)), ' +
        'expected (CREATE INDEX sessions_expires_at_idx ON auth.sessions USING btree (expires_at))',
    ],
  ],
  [
    "update pg_index set indisvalid = false where indexrelid = 'auth.accounts_user_id_idx'::regclass",
    [
      'warning: auth.accounts: index accounts_user_id_idx is ' +
        '(CREATE INDEX accounts_user_id_idx ON auth.accounts USING btree (user_id) (invalid)), ' +
        'expected (CREATE INDEX accounts_user_id_idx ON auth.accounts USING btree (user_id))',
    ],
  ],
  [
    'alter type auth.user_kind rename to user_sort',
    [
      'auth.user_kind: enum missing (human, persona, system)',
      'auth.users.kind: type is auth.user_sort, expected auth.user_kind',
      "auth.users.kind: default is 'human'::auth.user_sort, expected 'human'::auth.user_kind",
      'warning: auth.user_sort: enum unexpected (human, persona, system)',
    ],
  ],
  [
    "alter type auth.user_role add value 'robot' before 'admin'",
    [
      'warning: auth.user_role: enum is (user, robot, admin, service), expected (user, admin, service)',
    ],
  ],
  [
    'alter type auth.user_role set schema public',
    [
      'auth.user_role: enum missing, columns use public.user_role instead',
      'auth.users.role: type is public.user_role, expected auth.user_role',
      "auth.users.role: default is 'user'::public.user_role, expected 'user'::auth.user_role",
      'warning: public.user_role: enum unexpected (user, admin, service)',
    ],
  ],
  ["create type auth.mood as enum ('ok')", ['warning: auth.mood: enum unexpected (ok)']],
  [
    'alter table auth.sessions disable row level security',
    ['auth.sessions: row-level security is disabled, expected enabled'],
  ],
  [
    'alter table auth.sessions no force row level security',
    ['auth.sessions: row-level security is not forced, expected forced'],
  ],
  [
    'alter table auth.users enable row level security',
    ['auth.users: row-level security is enabled, expected disabled'],
  ],
  [
    'drop policy server_only on auth.jwks',
    [
      'auth.jwks: policy server_only missing ' +
        '(permissive, for all, to app and owner, using true, check true)',
    ],
  ],
  [
    'create policy extra on auth.jwks for select to public using (id is null)',
    [
      'auth.jwks: policy extra unexpected ' +
        '(permissive, for select, to public, using (id IS NULL), check none)',
    ],
  ],
  [
    'alter policy server_only on auth.jwks using (false)',
    [
      'auth.jwks: policy server_only is ' +
        '(permissive, for all, to app and owner, using false, check true), expected ' +
        '(permissive, for all, to app and owner, using true, check true)',
    ],
  ],
  [
    'alter policy server_only on auth.jwks to public',
    [
      'auth.jwks: policy server_only is (permissive, for all, to public, using true, check true), ' +
        'expected (permissive, for all, to app and owner, using true, check true)',
    ],
  ],
  [
    'drop trigger refuse_truncate on auth.security_events',
    [
      'auth.security_events: trigger refuse_truncate missing (CREATE TRIGGER refuse_truncate ' +
        'BEFORE TRUNCATE ON auth.security_events FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change())',
    ],
  ],
  [
    'alter table auth.security_events disable trigger refuse_change',
    [
      'auth.security_events: trigger refuse_change is (CREATE TRIGGER refuse_change BEFORE DELETE OR ' +
        'UPDATE ON auth.security_events FOR EACH ROW EXECUTE FUNCTION auth.refuse_change() (disabled)), ' +
        'expected (CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON auth.security_events ' +
        'FOR EACH ROW EXECUTE FUNCTION auth.refuse_change())',
    ],
  ],
  [
    'create trigger extra after insert on auth.users execute function auth.refuse_change()',
    [
      'auth.users: trigger extra unexpected (CREATE TRIGGER extra AFTER INSERT ON auth.users ' +
        'FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change())',
    ],
  ],
  [
    'create function auth.extra(a int, b text) returns int language sql as $$ select 1 $$',
    ['warning: auth.extra(a integer, b text): function unexpected'],
  ],
  ['create extension citext schema auth', []],
  [
    'alter function auth.refuse_change() owner to pg_monitor',
    ['auth.refuse_change(): belongs to role pg_monitor, expected owner'],
  ],
  [
    `create or replace function auth.refuse_change() returns trigger language plpgsql
       set search_path = pg_catalog as 'begin return new; end'`,
    [
      'auth.refuse_change(): function is (CREATE OR REPLACE FUNCTION auth.refuse_change() RETURNS trigger ' +
        "LANGUAGE plpgsql SET search_path TO 'pg_catalog' " +
        'AS $function$begin return new; end$function$), ' +
        `expected (${expectedCatalog.functions['auth.refuse_change()']?.definition})`,
    ],
  ],
  [
    'revoke insert, delete on auth.sessions from :app',
    ['auth.sessions: grant to app missing (delete, insert)'],
  ],
  [
    'revoke update (name, email) on auth.users from :app',
    ['auth.users: grant to app missing (update(email), update(name))'],
  ],
  [
    'revoke all on auth.users from :app; grant select, insert, update, delete on auth.users to :app',
    ['warning: auth.users: grant to app unexpected (insert, update)'],
  ],
  [
    'grant update (role) on auth.users to :app',
    ['warning: auth.users: grant to app unexpected (update(role))'],
  ],
  [
    'grant truncate on auth.security_events to :app',
    ['warning: auth.security_events: grant to app unexpected (truncate)'],
  ],
  [
    'grant select on auth.users to public',
    ['warning: auth.users: grant to public unexpected (select)'],
  ],
  [
    'grant update (email) on auth.users to pg_monitor with grant option',
    ['warning: auth.users: grant to role pg_monitor unexpected (update(email) with grant option)'],
  ],
  ['revoke usage on schema auth from :app', ['auth: grant to app missing (usage)']],
  ['grant create on schema auth to :app', ['warning: auth: grant to app unexpected (create)']],
  [
    'revoke usage on sequence auth.login_attempts_id_seq from :app',
    ['auth.login_attempts_id_seq: grant to app missing (usage)'],
  ],
  [
    'alter table auth.jwks owner to pg_monitor',
    ['auth.jwks: belongs to role pg_monitor, expected owner'],
  ],
  [
    'drop schema auth cascade',
    [
      'auth: schema missing',
      ...Object.keys(expectedCatalog.enums).map((name) => {
        const labels = expectedCatalog.enums[name]?.join(', ');
        return `${name}: enum missing (${labels})`;
      }),
      ...Object.keys(expectedCatalog.functions).map((name) => `${name}: function missing`),
      ...Object.keys(expectedCatalog.tables).map((name) => `${name}: table missing`),
      'auth.login_attempts_id_seq: sequence missing',
    ],
  ],
];

describe('one line names', () => {
  it.each(DIFFERENCES)('%s', async (change, lines) => {
    await sql.raw(change.replaceAll(':app', `"${database.appRole}"`)).execute(admin);
    expect(await describeDrift(admin)).toEqual(lines);
  });
});

describe('of a database that a newer version migrated', () => {
  it('what it altered is a warning', async () => {
    await sql`
      create or replace function auth.refuse_change() returns trigger language plpgsql
        set search_path = pg_catalog as 'begin raise exception ''no''; end';
      create trigger extra before insert on auth.jwks execute function auth.refuse_change();
      alter table auth.users add column number serial, add check (name <> ''),
        enable row level security, alter column access_tier set default 'beta'
    `.execute(owner);
    const { problems, warnings } = await checkDrift(owner, roles, { isNewer: true });
    expect(problems).toEqual([]);
    expect(warnings).toHaveLength(7);
  });

  it('what this one can’t do without is a problem', async () => {
    await sql`
      drop function auth.fetch_vault_key;
      alter table auth.users drop column image, add column tenant int not null
    `.execute(owner);
    const { problems } = await checkDrift(owner, roles, { isNewer: true });
    expect(problems).toEqual([
      expect.stringMatching(/^auth\.fetch_vault_key\(.*: function missing$/),
      'auth.users.image: column missing (text, nullable)',
      'auth.users.tenant: column unexpected (integer, not null)',
    ]);
  });
});
