import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resetCredentials } from '../../src/domains/auth/account/password-reset.service.ts';
import { clearLockout } from '../../src/domains/auth/lockout/lockouts.repository.ts';
import { deleteUser } from '../../src/domains/auth/users.repository.ts';
import { lockUser } from '../../src/sessions/lock-user.repository.ts';
import { commitDuring, countWaiting } from '../harness/hold-user.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

// The locks stop the sign-in at its first statement that writes there.
const moments = [
  { moment: 'before it has its place', held: 'auth.lockouts' },
  { moment: 'while the password is judged', held: 'auth.sessions' },
];
const accounts = [
  { account: 'without failed attempts', failures: 0 },
  { account: 'with a failed attempt', failures: 1 },
];

describe.each(moments)('a sign-in that is overtaken $moment', ({ held }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  describe.each(accounts)('on an account $account', ({ failures }) => {
    it('makes no session from a password that a reset has replaced', async () => {
      const { id, email } = await addAccount();
      const hash = await server.deps.passwordHasher.hash('another one entirely');
      const { status } = await signInDuring(email, async (trx) => {
        const user = await lockUser(trx, id);
        if (user) await resetCredentials(trx, user, { hash, now: new Date() });
      });
      expect([401, 503]).toContain(status);
      const { rows } = await sql`select from auth.sessions where user_id = ${id}`.execute(
        server.owner,
      );
      expect(rows).toHaveLength(0);
    });

    it('is no fault when the account is deleted', async () => {
      const { id, email } = await addAccount();
      const { status } = await signInDuring(email, async (trx) => {
        await clearLockout(trx, email);
        await deleteUser(trx, id);
      });
      expect([401, 503]).toContain(status);
    });

    async function addAccount(): Promise<{ id: string; email: string }> {
      const user = await insertUser(server);
      for (let failure = 0; failure < failures; failure++) {
        await server.client().call('auth.login', { email: user.email, password: 'a wrong one' });
      }
      return user;
    }
  });

  /** Does `work` and commits it while a sign-in with the right password waits for `held`. */
  async function signInDuring(
    email: string,
    work: (trx: Transaction<Database>) => Promise<void>,
  ): Promise<{ status: number }> {
    let login: Promise<{ status: number }> | undefined;
    await server.owner.transaction().execute(async (trx) => {
      await sql`lock table ${sql.table(held)} in exclusive mode`.execute(trx);
      login = server.client().call('auth.login', { email, password: PASSWORD });
      await expect.poll(() => countWaiting(trx)).toBeGreaterThan(0);
      await work(trx);
    });
    if (!login) throw new Error('The sign-in was never begun');
    return login;
  }
});

describe('a sign-in with a second factor that is overtaken', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('asks for no code after a password that a reset has replaced, and counts no failure', async () => {
    const user = await insertUser(server);
    await insertSecondFactor(server, user);
    const hash = await server.deps.passwordHasher.hash('another one entirely');
    const answer = await commitDuring(
      server,
      user.id,
      async (trx) => {
        const current = await lockUser(trx, user.id);
        if (current) await resetCredentials(trx, current, { hash, now: new Date() });
      },
      () => server.client().call('auth.login', { email: user.email, password: PASSWORD }),
    );
    expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    const { rows } = await sql`
      select from auth.verification where identifier = ${`two-factor:${user.id}`}
    `.execute(server.owner);
    expect(rows).toHaveLength(0);
    const failures = await server.owner
      .selectFrom('auth.login_attempts')
      .select('id')
      .where('email', '=', user.email)
      .execute();
    expect(failures).toHaveLength(0);
  });

  it('says nothing about a new device if its code can’t be committed', async () => {
    const user = await insertUser(server);
    await server.owner
      .updateTable('auth.users')
      .set({ created_at: new Date('2024-01-01') })
      .where('id', '=', user.id)
      .execute();
    const { challenge, code } = await insertSecondFactor(server, user);
    await sql`
      create function auth.fail_at_commit() returns trigger language plpgsql as
      'begin raise exception using errcode = ''58000''; end'
    `.execute(server.owner);
    await sql`
      create constraint trigger fail_at_commit after insert on auth.sessions
      deferrable initially deferred for each row execute function auth.fail_at_commit()
    `.execute(server.owner);
    const input = { challenge, code: code() };
    const answer = await server.client().call('auth.twoFactor.verifyTotp', input);
    await sql`drop trigger fail_at_commit on auth.sessions`.execute(server.owner);
    expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    await server.deps.securityEvents.drain();
    const events = await server.owner
      .selectFrom('auth.security_events')
      .select('event_type')
      .where('user_id', '=', user.id)
      .where('event_type', '=', 'KNOWN_DEVICE_ADDED')
      .execute();
    expect(events).toHaveLength(0);
    expect(await server.mailsTo(user.email)).toHaveLength(0);
    expect((await server.client().call('auth.twoFactor.verifyTotp', input)).status).toBe(200);
    expect(await server.mailsTo(user.email)).toHaveLength(1);
  });
});
