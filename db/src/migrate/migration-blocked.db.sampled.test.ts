import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { connectForTest } from '../../testing/connect.ts';
import { createExistingDatabase } from '../../testing/existing-database.ts';
import { inProofs } from '../../testing/in-proofs.ts';
import { readRows } from '../../testing/read-rows.ts';
import { createEmptyTestDatabase } from '../../testing/test-database.ts';
import { migrateToLatest, readMigrationPlan } from './migrate.ts';

/** What is wrong with an existing database, and every sentence that it must give. */
const BLOCKERS: readonly [change: string, problems: readonly string[]][] = [
  [
    "insert into auth.users (id, name, email) values ('user-twin', 'Ada', 'ada@example.org')",
    [
      'auth.users: user-ada (Ada@Example.org), user-twin (ada@example.org) have one address but ' +
        'for its spelling: give all but one another address, or delete them',
    ],
  ],
  [
    "update auth.users set email = 'EVE@example.org' where id = 'user-bob'",
    [
      'auth.users: user-bob (EVE@example.org, deleted), user-eve (Eve@Example.ORG) have one address ' +
        'but for its spelling: give all but one another address, or delete them',
    ],
  ],
  [
    `alter table auth.sessions drop constraint sessions_user_id_fkey;
     update auth.sessions set user_id = 'user-gone'`,
    [
      "auth.sessions: 2 rows (id session-1, session-2) naming in user_id what isn't in auth.users: " +
        'delete them, or put back what they name',
    ],
  ],
  [
    `alter table auth.passkeys drop constraint passkeys_credential_id_key;
     update auth.passkeys set credential_id = 'one'`,
    [
      'auth.passkeys: 3 rows (id passkey-1, passkey-2, passkey-3) with the same credential_id as ' +
        'another: keep one of each',
    ],
  ],
  [
    'update auth.organizations set slug = null',
    ['auth.organizations: 1 row (id organization-1) without slug: give each one, or delete it'],
  ],
  [
    `alter table auth.encryption_vaults no force row level security;
     alter table auth.encryption_vaults drop constraint encryption_vaults_has_wrap;
     update auth.encryption_vaults
     set wrapped_mk = null, wrap_iv = null, recovery_wrapped_mk = null, recovery_iv = null,
       zero_knowledge = false
     where user_id = 'user-ada'`,
    [
      'auth.encryption_vaults: 1 row (user_id user-ada) against the rule encryption_vaults_has_wrap ' +
        'CHECK (((wrapped_mk IS NOT NULL) OR (recovery_wrapped_mk IS NOT NULL))): correct or delete them',
    ],
  ],
  [
    `alter table auth.users alter column role drop default, alter column role type text;
     update auth.users set role = 'boss' where id = 'user-ada'`,
    ['auth.users.role is boss in 1 row: make it one of user, admin, service'],
  ],
  [
    `alter table auth.organizations alter column metadata type text;
     update auth.organizations set metadata = '{oops'`,
    ['auth.organizations.metadata is no JSON in 1 row, first {oops: correct or empty it'],
  ],
  [
    'alter table auth.users alter column created_at drop default, alter column created_at type text',
    [
      'auth.users.created_at is text, and no way is known from there to timestamptz: change its type ' +
        'yourself, or rename it and let this version make its own',
    ],
  ],
  [
    `create schema reports; create view reports.admins as select id from auth.users where role = 'admin'`,
    [
      'the view reports.admins reads auth.users.role, whose type changes: drop the view, migrate, and ' +
        'make it again',
    ],
  ],
  [
    'alter table auth.verification drop column value',
    [
      'auth.verification lacks the column value, which nothing can stand in for: add it with a value ' +
        'for each row',
    ],
  ],
];

it.each(inProofs(BLOCKERS, { otherwise: BLOCKERS.slice(0, 3) }))(
  'names what rules the migration out and changes nothing: %s',
  async (change, problems) => {
    const database = await createEmptyTestDatabase();
    onTestFinished(() => database.drop());
    await createExistingDatabase(database.ownerUrl, 'plain');
    const db = connectForTest(database.ownerUrl);
    const admin = connectForTest(database.adminUrl);
    await sql.raw(change).execute(db);
    const before = await readRows(admin);

    const options = { db, appRole: database.appRole };
    await expect(migrateToLatest(options)).rejects.toMatchObject({
      name: 'MigrationBlockedError',
      problems,
    });
    await expect(readMigrationPlan(options)).rejects.toMatchObject({ problems });
    expect(await readRows(admin)).toEqual(before);
    const made = await sql`select from pg_class where relname = 'kysely_migration'`.execute(admin);
    expect(made.rows).toEqual([]);
  },
);

it('a row that row-level security hides from the plan stops the run and is named, and nothing is changed', async () => {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, 'plain');
  const admin = connectForTest(database.adminUrl);
  await sql`alter table auth.encryption_vaults drop constraint encryption_vaults_user_id_fkey`.execute(
    admin,
  );
  await sql`update auth.encryption_vaults set user_id = 'user-gone' where user_id = 'user-ada'`.execute(
    admin,
  );
  const before = await readRows(admin);
  const db = connectForTest(database.ownerUrl);
  await expect(migrateToLatest({ db, appRole: database.appRole })).rejects.toThrow(
    /^Migration 0013_existing_database failed: .* \(Key \(user_id\)=\(user-gone\) is not present/,
  );
  expect(await readRows(admin)).toEqual(before);
});

it('names each object that belongs to another role, and the statement that hands it over', async () => {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, 'minimal');
  const admin = connectForTest(database.adminUrl);
  await sql`alter table auth.users owner to pg_monitor`.execute(admin);
  await sql`alter type public.user_role owner to pg_monitor`.execute(admin);
  await sql`revoke create on database ${sql.id(database.name)} from public`.execute(admin);

  const db = connectForTest(database.ownerUrl);
  const who = `belongs to pg_monitor, not to ${database.ownerRole}, which migrates: as pg_monitor or a superuser, run`;
  await expect(migrateToLatest({ db, appRole: database.appRole })).rejects.toMatchObject({
    problems: [
      `table auth.users ${who} \`alter table auth.users owner to ${database.ownerRole}\`, or migrate as pg_monitor`,
      `type public.user_role ${who} \`alter type public.user_role owner to ${database.ownerRole}\`, or migrate as pg_monitor`,
    ],
  });
});

it('a role that may not create schemas is told what to ask for', async () => {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  const db = connectForTest(database.appUrl);
  await expect(migrateToLatest({ db, appRole: null })).rejects.toMatchObject({
    problems: [
      `${database.appRole} may not create schemas in ${database.name}: as its owner, run ` +
        `\`grant create on database ${database.name} to ${database.appRole}\``,
    ],
  });
});

it.each(['9999_of_tomorrow', '9999_of_tomorrow_breaks_older'])(
  'a database of a newer version that ran %s is left alone, and its rights are that version’s',
  async (name) => {
    const database = await createEmptyTestDatabase();
    onTestFinished(() => database.drop());
    const db = connectForTest(database.ownerUrl);
    const options = { db, appRole: database.appRole };
    await migrateToLatest(options);
    await sql`insert into auth.kysely_migration values (${name}, '')`.execute(db);
    await sql`grant select on auth.users to pg_monitor`.execute(db);
    const migrating = migrateToLatest(options);
    if (name.endsWith('_breaks_older')) {
      await expect(migrating).rejects.toThrow(
        `a newer version of mana-auth ran ${name}, and this one can't serve the database after it`,
      );
    } else {
      expect(await migrating).toEqual({ applied: [] });
    }
    const granted =
      await sql`select has_table_privilege('pg_monitor', 'auth.users', 'select') as is_kept`;
    expect((await granted.execute(db)).rows).toEqual([{ is_kept: true }]);
  },
);

it('a database of another version that lacks a migration of ours is left alone', async () => {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  const db = connectForTest(database.ownerUrl);
  const options = { db, appRole: database.appRole };
  await migrateToLatest(options);
  await sql`update auth.kysely_migration set name = '9999_of_tomorrow' where name like '0018%'`.execute(
    db,
  );
  await expect(migrateToLatest(options)).rejects.toThrow(
    /another version of mana-auth migrated it, and this one doesn't know 9999_of_tomorrow/,
  );
});
