import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';

const AUDIT_LOGS = [
  'auth.security_events',
  'auth.encryption_vault_audit',
  'auth.refused_calls',
] as const;

describe('S30: an audit log', () => {
  let database: TestDatabase;
  let owner: Kysely<unknown>;
  let app: Kysely<unknown>;
  const connect = (url: string) =>
    new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = connect(database.ownerUrl);
    app = connect(database.appUrl);
    for (const db of [owner, app]) {
      await sql`select set_config('app.current_user_id', 'u', false)`.execute(db);
    }
    await sql`insert into auth.users (id, name, email) values ('u', 'U', 'u@example.org')`.execute(
      app,
    );
    await sql`insert into auth.security_events (user_id, event_type) values ('u', 'T')`.execute(
      app,
    );
    await sql`
      insert into auth.refused_calls (user_id, event_type, code, day) values ('u', 'T', 'C', now())
    `.execute(app);
    await sql`insert into auth.encryption_vault_audit (user_id, action) values ('u', 'init')`.execute(
      app,
    );
  });
  afterAll(async () => {
    await Promise.all([owner.destroy(), app.destroy()]);
    await database.drop();
  });

  const countRows = async (log: string) =>
    (await sql`select from ${sql.table(log)}`.execute(owner)).rows.length;

  const attempts = AUDIT_LOGS.flatMap((log) =>
    ['owner', 'app'].flatMap((role) =>
      [
        `update ${log} set user_id = 'x'`,
        `delete from ${log}`,
        `truncate ${log}`,
        `merge into ${log} as t using (values (1)) as v on true when matched then delete`,
        `insert into ${log} select * from ${log} on conflict (id) do update set user_id = 'x'`,
      ].map((statement) => ({ log, role, statement })),
    ),
  );

  it.each(attempts)('refuses the $role: $statement', async ({ log, role, statement }) => {
    const db = role === 'owner' ? owner : app;
    await expect(sql.raw(statement).execute(db)).rejects.toMatchObject({ code: '42501' });
    expect(await countRows(log)).toBe(1);
  });

  it('of refused calls counts one more, and takes nothing back', async () => {
    const change = (to: string) => sql.raw(`update auth.refused_calls set ${to}`).execute(owner);
    await change("calls = calls + 1, last_at = now(), ip_address = '::1'");
    for (const to of [
      'calls = calls',
      'calls = calls - 1',
      "calls = calls + 1, last_at = last_at - interval '1 second'",
      "calls = calls + 1, first_at = first_at - interval '1 day'",
      "calls = calls + 1, code = 'D'",
      'calls = calls + 1, day = day - 1',
      'calls = calls + 1, user_id = null',
    ]) {
      await expect(change(to)).rejects.toThrow('auth.refused_calls only counts up');
    }
  });

  it('outlives the user it names', async () => {
    await sql`delete from auth.users`.execute(app);
    for (const log of AUDIT_LOGS) expect(await countRows(log), log).toBe(1);
  });

  it('tells the owner in words why it refuses', async () => {
    await expect(sql`delete from auth.security_events`.execute(owner)).rejects.toThrow(
      'auth.security_events is append-only: DELETE is refused',
    );
  });
});
