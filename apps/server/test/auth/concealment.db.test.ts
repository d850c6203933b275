import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Answer } from '../harness/api-client.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

/** What differs between any two answers. */
const CHANGING_HEADERS = new Set(['date', 'x-request-id']);

/** Random, in that form, and never twice the same. */
const SIGN_UP_COOKIE = /(?<=mana\.sign_up=)[\w-]{36}\.[\w-]{43}/;

/** S25 in status, body and headers; the times are measured by `bench/concealment.bench.ts`. */
describe('S25: a stranger learns nothing about who has an account', () => {
  const known = freshEmail();
  let open: TestServer;
  let concealed: TestServer;

  beforeAll(async () => {
    open = await startTestServer();
    concealed = await startTestServer({ environment: { CONCEAL_ACCOUNTS: 'on' } });
    await open.signedInClient(known);
    await concealed.signedInClient(known);
  });
  afterAll(async () => {
    await open.close();
    await concealed.close();
  });

  function shapeOf(answer: Answer, email: string) {
    const headers = [...answer.headers].filter(([name]) => !CHANGING_HEADERS.has(name));
    const requestId = answer.error?.data.auth.requestId ?? 'no request id';
    return {
      status: answer.status,
      text: answer.text.replaceAll(requestId, 'ID').replaceAll(email, 'EMAIL'),
      headers: headers
        .filter(([name]) => name !== 'content-length')
        .map(([name, value]) => [name, value.replace(SIGN_UP_COOKIE, 'COOKIE')]),
    };
  }

  it('from signing in with a wrong password', async () => {
    const unknown = freshEmail();
    const a = await open.client().call('auth.login', { email: known, password: 'wrong' });
    const b = await open.client().call('auth.login', { email: unknown, password: 'wrong' });
    expect(shapeOf(a, known)).toEqual(shapeOf(b, unknown));
  });

  it('from asking for another link', async () => {
    const unverified = freshEmail();
    await open
      .client()
      .expectSuccess('auth.register', { email: unverified, password: PASSWORD, name: 'N' });
    const unknown = freshEmail();
    const answers = [];
    for (const email of [known, unverified, unknown]) {
      answers.push(shapeOf(await open.client().call('auth.resendVerification', { email }), email));
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('from asking for a new password, even if the address was never confirmed', async () => {
    const unverified = freshEmail();
    await open
      .client()
      .expectSuccess('auth.register', { email: unverified, password: PASSWORD, name: 'N' });
    const answers = [];
    for (const email of [known, unverified, freshEmail()]) {
      answers.push(shapeOf(await open.client().call('auth.forgotPassword', { email }), email));
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(200);
    expect(await open.newestLink(known)).toContain('/reset-password?token=');
  });

  it('from the time that asking for a mail takes: it is never less than the whole', async () => {
    for (const path of ['auth.forgotPassword', 'auth.resendVerification']) {
      for (const email of [known, freshEmail()]) {
        const start = performance.now();
        await open.client().expectSuccess(path, { email });
        expect(performance.now() - start).toBeGreaterThan(99);
      }
    }
  });

  it('and yet is told when the database fails', async () => {
    const rename = (from: string, to: string) =>
      sql`alter table auth.users rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
        open.owner,
      );
    await rename('email', 'is_gone');
    for (const email of [known, freshEmail()]) {
      const answer = await open.client().call('auth.forgotPassword', { email });
      expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    }
    await rename('is_gone', 'email');
  });

  it('from signing up, where accounts are concealed; the owner gets a mail', async () => {
    const unknown = freshEmail();
    const client = () => concealed.client();
    const a = await client().call('auth.register', { email: known, password: PASSWORD, name: 'A' });
    const b = await client().call('auth.register', {
      email: unknown,
      password: PASSWORD,
      name: 'A',
    });
    expect(shapeOf(a, known)).toEqual(shapeOf(b, unknown));
    expect(await concealed.newestLink(known)).toBe('http://localhost:3000/sign-in');
    expect(await concealed.newestLink(unknown)).toContain('/verify-email?token=');
  });

  it('from signing in after signing up with that very password, where accounts are concealed', async () => {
    const [taken, free] = [freshEmail(), freshEmail()];
    await concealed.signedInClient(taken);
    const password = 'a quiet stranger’s horse';
    const answersOf = async (email: string) => {
      const answers = [
        await concealed.client().call('auth.register', { email, password, name: 'A' }),
      ];
      for (let i = 0; i < 6; i += 1) {
        answers.push(await concealed.client().call('auth.login', { email, password }));
      }
      return answers.map((answer) => shapeOf(answer, email));
    };
    const answers = await answersOf(free);
    expect(answers.map(({ status }) => status)).toEqual([200, ...Array(5).fill(401), 429]);
    expect(await answersOf(taken)).toEqual(answers);

    const proven = freshEmail();
    await concealed.signedInClient(proven);
    await concealed.client().expectSuccess('auth.login', { email: proven, password: PASSWORD });
  });

  it.each([
    'auth.users',
    'auth.accounts',
    'auth.verification',
    'auth.outbox',
    'auth.lockouts',
    'auth.login_attempts',
  ])('while %s can’t be written', async (table) => {
    const [taken, unverified, unknown] = [freshEmail(), freshEmail(), freshEmail()];
    await concealed.signedInClient(taken);
    const newcomer = { email: unverified, password: PASSWORD, name: 'A' };
    await concealed.client().expectSuccess('auth.register', newcomer);
    const [what, role] = [sql.raw(table), sql.id(concealed.database.appRole)];
    await sql`revoke insert on ${what} from ${role}`.execute(concealed.owner);
    onTestFinished(async () => {
      await sql`grant insert on ${what} to ${role}`.execute(concealed.owner);
    });
    for (const path of ['login', 'register', 'forgotPassword', 'resendVerification']) {
      const answerOf = async (email: string) => {
        const input = { email, password: 'a quiet stranger’s horse', name: 'A' };
        const { status, code } = await concealed.client().call(`auth.${path}`, input);
        return { path, status, code };
      };
      const answer = await answerOf(unknown);
      expect(await answerOf(taken)).toEqual(answer);
      if (path === 'login' || path === 'forgotPassword')
        expect(await answerOf(unverified)).toEqual(answer);
    }
  });

  it('but signing up says that an address is taken where they are not', async () => {
    const answer = await open
      .client()
      .call('auth.register', { email: known.toUpperCase(), password: PASSWORD, name: 'A' });
    expect([answer.status, answer.code]).toEqual([409, 'EMAIL_ALREADY_REGISTERED']);
  });

  it('also when twenty sign-ups use one address at once: one account, and nobody is told of a fault', async () => {
    const email = freshEmail();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        open.client().call('auth.register', { email, password: PASSWORD, name: 'A' }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.code === 'EMAIL_ALREADY_REGISTERED')).toHaveLength(19);
  });
});
