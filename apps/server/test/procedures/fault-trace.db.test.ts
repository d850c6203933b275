import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { CallContext } from '../../src/trpc/context.ts';
import { createRouter, publicProcedure } from '../../src/trpc/procedures.ts';
import { ApiClient } from '../harness/api-client.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

/** As naive as can be: what the library answers is passed on. */
const naiveRouter = createRouter({
  signOut: publicProcedure.mutation(async ({ ctx }) => {
    const call = ctx as CallContext;
    const { headers, response } = await call.deps.auth.api.signOut({
      headers: new Headers({ cookie: call.request.cookie ?? '' }),
      returnHeaders: true,
    });
    call.forwardHeaders(headers);
    return response;
  }),
  signUp: publicProcedure.mutation(async ({ ctx }) => {
    const body = { email: freshEmail(), password: PASSWORD, name: 'Naive' };
    return (await ctx.deps.auth.api.signUpEmail({ body })).user.email;
  }),
  quietly: publicProcedure.mutation(async ({ ctx }) => {
    // As a best-effort write does it: in its own scope.
    await ctx.deps.faultTrace
      .run(() => sql`select * from auth.sessions_of_yesterday`.execute(ctx.deps.db))
      .catch(() => undefined);
    return 'fine';
  }),
});

describe('a fault that a library swallows', () => {
  let server: TestServer;
  let naive: FastifyInstance;
  let origin: string;

  beforeAll(async () => {
    server = await startTestServer();
    const { config, log } = server.deps;
    const getDeps = () => server.deps;
    naive = await createApp({ config, log, router: naiveRouter, outbox: null, getDeps });
    origin = await naive.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await naive.close();
    await server.close();
  });

  async function withoutRight(right: string, table: string, work: () => Promise<void>) {
    const [privilege, target] = [sql.raw(right), sql.raw(table)];
    const role = sql.id(server.database.appRole);
    await sql`revoke ${privilege} on ${target} from ${role}`.execute(server.owner);
    try {
      await work();
    } finally {
      await sql`grant ${privilege} on ${target} to ${role}`.execute(server.owner);
    }
  }

  it('and answers with a success is 503, and the cookie that the library cleared stays', async () => {
    const user = await server.signedInClient();
    const client = new ApiClient(origin);
    for (const [name, value] of user.cookies) client.cookies.set(name, value);
    await withoutRight('delete', 'auth.sessions', async () => {
      const answer = await client.call('signOut');
      expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      expect(answer.headers.getSetCookie()).toEqual([]);
    });
    await user.expectSuccess('auth.profile');
    expect((await client.call('signOut')).status).toBe(200);
    expect((await user.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
  });

  it("and answers with the user's mistake (422, without a cause) is 503", async () => {
    await withoutRight('insert', 'auth.users', async () => {
      const input = { email: freshEmail(), password: PASSWORD, name: 'A' };
      const careful = await server.client().call('auth.register', input);
      expect([careful.status, careful.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      const naively = await new ApiClient(origin).call('signUp');
      expect([naively.status, naively.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    });
    expect((await new ApiClient(origin).call('signUp')).status).toBe(200);
  });

  it('leaves no half account behind: a failing second insert undoes the first', async () => {
    const email = freshEmail();
    await withoutRight('insert', 'auth.accounts', async () => {
      const answer = await server
        .client()
        .call('auth.register', { email, password: PASSWORD, name: 'A' });
      expect(answer.status).toBe(503);
    });
    expect(
      (await server.client().call('auth.register', { email, password: PASSWORD, name: 'A' }))
        .status,
    ).toBe(200);
  });

  it('between the account and its mail leaves nobody stuck: signing up again mails the link', async () => {
    const email = freshEmail();
    const input = { email, password: PASSWORD, name: 'A' };
    await withoutRight('insert', 'auth.verification', async () => {
      expect((await server.client().call('auth.register', input)).status).toBe(503);
    });
    expect((await server.client().call('auth.register', input)).code).toBe(
      'EMAIL_ALREADY_REGISTERED',
    );
    const token = new URL(await server.newestLink(email)).searchParams.get('token');
    await server.client().expectSuccess('auth.verifyEmail', { token, password: PASSWORD });
    await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
  });

  it('counts no failed sign-in if the audit log of attempts can’t be written', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const sessions = () =>
      sql`select count(*) from auth.sessions`.execute(server.owner).then(({ rows }) => rows);
    const before = await sessions();
    await withoutRight('insert', 'auth.login_attempts', async () => {
      for (const password of [PASSWORD, 'wrong']) {
        const answer = await server.client().call('auth.login', { email, password });
        expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      }
    });
    expect(await sessions(), 'no session is left that nobody holds').toEqual(before);
    await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
  });

  it('costs nothing that changes nothing if the audit log can’t be written', async () => {
    const email = freshEmail();
    const browser = await server.signedInClient(email);
    await withoutRight('insert', 'auth.refused_calls', async () => {
      const wrong = await server.client().call('auth.login', { email, password: 'wrong' });
      expect(wrong.code).toBe('INVALID_CREDENTIALS');
      await browser.expectSuccess('auth.login', { email, password: PASSWORD });
    });
    await expect
      .poll(() => server.logLines.some((line) => line.msg === 'failed calls not counted'))
      .toBe(true);
  });

  it('of a write that may fail stays in its own scope', async () => {
    expect((await new ApiClient(origin).call('quietly')).status).toBe(200);
  });
});
