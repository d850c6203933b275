import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server.ts';
import { ApiClient } from '../harness/api-client.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { runMana } from '../harness/run-program.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const SECONDS_UNTIL_SEEN = 8000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function readReadyz(): Promise<{ status: number; problems: string[]; warnings: string[] }> {
  const response = await fetch(`${server.origin}/readyz`);
  const { checks } = (await response.json()) as {
    checks: { problems: string[]; warnings: string[] }[];
  };
  return {
    status: response.status,
    problems: checks.flatMap((check) => check.problems),
    warnings: checks.flatMap((check) => check.warnings),
  };
}

async function checkDatabase(...options: string[]): Promise<[code: number | null, text: string]> {
  const { appUrl, ownerUrl } = server.database;
  const run = runMana(['db', 'check', ...options], {
    NODE_ENV: 'test',
    DATABASE_URL: appUrl,
    MIGRATION_DATABASE_URL: ownerUrl,
  });
  return [await run.ended, run.stdout()];
}

/** Another server on the same database, as one that is restarted. */
async function startAgain(environment: Record<string, string> = {}): Promise<ApiClient> {
  const { appUrl, ownerUrl } = server.database;
  const config = createTestConfig({
    DATABASE_URL: appUrl,
    MIGRATION_DATABASE_URL: ownerUrl,
    ...environment,
  });
  const { log } = createCapturedLog();
  const again = await startServer({
    config,
    log,
    onMail: () => undefined,
    now: () => new Date(),
  });
  onTestFinished(() => again.close());
  await again.ready;
  return new ApiClient(`http://127.0.0.1:${again.port}`);
}

const run = (text: string) => sql.raw(text).execute(server.owner);
const untilWarned = (warning: string) =>
  expect
    .poll(async () => (await readReadyz()).warnings, { timeout: SECONDS_UNTIL_SEEN })
    .toContain(warning);

describe('what a DBA adds', () => {
  it('takes no server out of service, and is named by /readyz, by the log once, and by `mana db check`', async () => {
    const client = await server.signedInClient();
    await run(`
      create index of_a_dba on auth.users (name);
      alter table auth.users add column nickname text;
      create view auth.report with (security_invoker = true) as select id from auth.users;
      grant select on auth.users to pg_monitor
    `);
    const warnings = [
      'auth.users.nickname: column unexpected (text, nullable)',
      'auth.users: index of_a_dba unexpected (CREATE INDEX of_a_dba ON auth.users USING btree (name))',
      'auth.users: grant to role pg_monitor unexpected (select)',
      'auth.report: view unexpected (SELECT id FROM auth.users;)',
    ];
    await untilWarned(warnings[0] ?? '');
    expect(await readReadyz()).toEqual({ status: 200, problems: [], warnings });
    await client.expectSuccess('auth.profile');
    const listed = warnings.map((warning) => `warning: ${warning}\n`).join('');
    expect(await checkDatabase()).toEqual([0, listed]);
    expect(await checkDatabase('--strict')).toEqual([1, listed]);

    // A later check, which tells no more than the one before.
    await run('create index another_of_a_dba on auth.users (name)');
    await expect
      .poll(async () => (await readReadyz()).warnings.length, { timeout: SECONDS_UNTIL_SEEN })
      .toBe(5);
    const logged = server.logLines.filter(({ msg }) => msg?.includes('differs'));
    expect(logged.map((line) => [line['level'], line['warnings']])).toEqual([
      [40, warnings],
      [40, expect.arrayContaining(warnings)],
    ]);
    expect(server.logLines.filter(({ msg }) => msg === 'not ready')).toEqual([]);
  });
});

describe('what a newer version adds', () => {
  it('leaves this one serving, also when it starts on it, and signs no token that it refuses', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await run(`
      insert into auth.kysely_migration values ('9999_of_tomorrow', '');
      create table auth.outbox_of_tomorrow (id text primary key);
      alter table auth.sessions add column number serial;
      grant usage on sequence auth.sessions_number_seq to "${server.database.appRole}";
      alter type auth.user_role add value 'robot';
      alter type auth.access_tier add value 'cosmic' before 'guest'
    `);
    await run(
      `update auth.users set role = 'robot', access_tier = 'cosmic' where email = '${email}'`,
    );
    await untilWarned('migration 9999_of_tomorrow is of a newer version');
    expect(await readReadyz()).toMatchObject({ status: 200, problems: [] });

    const restarted = await startAgain();
    const answer = await restarted.expectSuccess('auth.login', { email, password: PASSWORD });
    const { accessToken } = answer as { accessToken: string };
    expect(answer).toMatchObject({ user: { role: 'user', accessTier: 'public' } });
    for (const client of [server.client(), restarted]) {
      expect(await client.expectSuccess('auth.validate', { token: accessToken })).toMatchObject({
        valid: true,
        payload: { role: 'user', tier: 'public' },
      });
    }
  });

  it('ends a start, in one sentence, and shows on /readyz where it says that older ones can’t serve', async () => {
    await run(`insert into auth.kysely_migration values ('9999_more_breaks_older', '')`);
    const problem =
      "a newer version of mana-auth ran 9999_more_breaks_older, and this one can't serve the database after it: run that version, or a newer one";
    await expect
      .poll(readReadyz, { timeout: SECONDS_UNTIL_SEEN })
      .toMatchObject({ status: 503, problems: [problem] });
    expect(await checkDatabase()).toEqual([1, `${problem}\n`]);
    for (const MIGRATION_DATABASE_URL of ['', server.database.ownerUrl]) {
      await expect(startAgain({ MIGRATION_DATABASE_URL })).rejects.toThrow(problem);
    }
  });
});
