import { expectedCatalog } from '@mana/db/catalog/expected-catalog';
import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { inProofs } from '@mana/db/testing/in-proofs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertPasskey } from '../harness/insert-passkey.ts';
import { insertUser } from '../harness/insert-user.ts';
import { requestChallenge, signInWithPasskey } from '../harness/passkey-sign-in.ts';
import { createPasskey } from '../harness/software-authenticator.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

const columns = Object.keys(expectedCatalog.tables['auth.passkeys']?.columns ?? {});

describe('the incident, with passkeys', () => {
  let server: TestServer;
  let proxy: FaultProxy;

  beforeAll(async () => {
    server = await startTestServer({
      environment: { DATABASE_TIMEOUT_MS: '2000' },
      databaseUrl: async (url) => {
        const { hostname, port } = new URL(url);
        proxy = await startFaultProxy({ host: hostname, port: Number(port) });
        return proxy.url(url);
      },
    });
  });
  afterAll(async () => {
    await server.close();
    await proxy.close();
  });

  async function newUserWithPasskey() {
    const user = await insertUser(server);
    return { ...user, ...(await insertPasskey(server, user)) };
  }

  async function countRows() {
    await server.deps.securityEvents.drain();
    const { rows } = await sql`
      select
        (select count(*)::int from auth.login_attempts) as attempts,
        (select count(*)::int from auth.sessions) as sessions,
        (select count(*)::int from auth.passkeys) as passkeys,
        (select count(*)::int from auth.lockouts) as lockouts,
        (select count(*)::int from auth.security_events) as events,
        (select count(*)::int from auth.refused_calls where event_type <> 'SERVICE_ERROR') as refused
    `.execute(server.owner);
    return rows[0];
  }

  it('knows its columns', () => {
    expect(columns).toContain('credential_id');
  });

  it.each(inProofs(columns, { otherwise: ['credential_id', 'counter'] }))(
    'auth.passkeys.%s is gone: 503, and nothing is counted',
    async (column) => {
      const user = await newUserWithPasskey();
      const { challenge: registration } = await requestChallenge(
        server,
        'passkeys.registerOptions',
        user.client,
      );
      const { challenge: proof } = await requestChallenge(
        server,
        'passkeys.reauthenticateOptions',
        user.client,
      );
      const challenges: string[] = [];
      for (let i = 0; i < 12; i += 1) {
        challenges.push((await requestChallenge(server, 'passkeys.authenticateOptions')).challenge);
      }
      const before = await countRows();
      const mails = (await server.mailsTo(user.email)).length;
      const rename = (from: string, to: string) =>
        sql`alter table auth.passkeys rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
          server.owner,
        );
      await rename(column, 'is_gone');
      try {
        const calls: [string, unknown][] = [
          ['passkeys.registerOptions', undefined],
          ['passkeys.registerVerify', { response: createPasskey().attest(registration) }],
          ['passkeys.reauthenticateOptions', undefined],
          ['passkeys.reauthenticateVerify', { response: user.passkey.assert(proof) }],
          ['passkeys.list', undefined],
          ['passkeys.rename', { id: user.passkeyId, name: 'Other' }],
          ['passkeys.remove', { id: user.passkeyId }],
        ];
        for (const [path, input] of calls) {
          const answer = await user.client.call(path, input);
          expect([path, answer.status, answer.code]).toEqual([path, 503, 'SERVICE_UNAVAILABLE']);
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(answer.headers.getSetCookie()).toEqual([]);
          expect(answer.text).not.toContain('column');
        }
        // More of them than a passkey may fail: if one counted, it would pause.
        for (const challenge of challenges) {
          const response = user.passkey.assert(challenge);
          const answer = await server.client().call('passkeys.authenticateVerify', { response });
          expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
        }
        expect(await countRows()).toEqual(before);
        expect(await server.mailsTo(user.email)).toHaveLength(mails);
      } finally {
        await rename('is_gone', column);
      }
      expect((await signInWithPasskey(server, user.passkey)).status).toBe(200);
      const response = createPasskey().attest(registration);
      expect((await user.client.call('passkeys.registerVerify', { response })).status).toBe(200);
      const proven = { response: user.passkey.assert(proof) };
      expect((await user.client.call('passkeys.reauthenticateVerify', proven)).status).toBe(200);
    },
  );

  it('the database dies between options and verification: 503, no pause, and it works afterwards', async () => {
    const user = await newUserWithPasskey();
    // More often than a passkey may fail: if one counted, it would pause.
    for (const [kind, times] of [
      ['refuse', 5],
      ['lose-answer', 5],
      ['hang', 2],
    ] as const) {
      for (let i = 0; i < times; i += 1) {
        const { challenge } = await requestChallenge(server, 'passkeys.authenticateOptions');
        await proxy.setMode({ kind });
        const response = user.passkey.assert(challenge);
        const answer = await server.client().call('passkeys.authenticateVerify', { response });
        await proxy.setMode({ kind: 'pass' });
        expect([kind, answer.status, answer.code]).toEqual([kind, 503, 'SERVICE_UNAVAILABLE']);
        // A connection that was lost while idle may cost a call more.
        await expect.poll(async () => (await user.client.call('auth.profile')).status).toBe(200);
      }
    }
    expect((await signInWithPasskey(server, user.passkey)).status).toBe(200);
  });

  it('dies before the options are stored: 503, and none of the twenty a minute is used', async () => {
    const ask = () => server.client().call('passkeys.authenticateOptions');
    const role = sql.id(server.database.appRole);
    await sql`revoke insert on auth.verification from ${role}`.execute(server.owner);
    try {
      for (let i = 0; i < 25; i += 1) expect((await ask()).code).toBe('SERVICE_UNAVAILABLE');
    } finally {
      await sql`grant insert on auth.verification to ${role}`.execute(server.owner);
    }
    expect((await ask()).status).toBe(200);
  });

  it('dies while a failure is written: 503, and the failure is not counted', async () => {
    const user = await newUserWithPasskey();
    const challenges: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      challenges.push((await requestChallenge(server, 'passkeys.authenticateOptions')).challenge);
    }
    const role = sql.id(server.database.appRole);
    await sql`revoke delete on auth.verification from ${role}`.execute(server.owner);
    try {
      for (const challenge of challenges) {
        const response = user.passkey.assert(challenge, { userVerified: false });
        const answer = await server.client().call('passkeys.authenticateVerify', { response });
        expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      }
    } finally {
      await sql`grant delete on auth.verification to ${role}`.execute(server.owner);
    }
    expect((await signInWithPasskey(server, user.passkey)).status).toBe(200);
  });

  it('dies between the verification and the session: 503, nothing half done, and no pause', async () => {
    const user = await newUserWithPasskey();
    const rename = (from: string, to: string) =>
      sql`alter table auth.login_attempts rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
        server.owner,
      );
    const before = await countRows();
    await rename('method', 'is_gone');
    try {
      for (let i = 0; i < 12; i += 1) {
        expect((await signInWithPasskey(server, user.passkey)).code).toBe('SERVICE_UNAVAILABLE');
      }
    } finally {
      await rename('is_gone', 'method');
    }
    expect(await countRows()).toEqual(before);
    const row = await server.owner
      .selectFrom('auth.passkeys')
      .select(['last_used_at', 'counter'])
      .where('id', '=', user.passkeyId)
      .executeTakeFirst();
    expect(row).toEqual({ last_used_at: null, counter: '0' });
    expect((await signInWithPasskey(server, user.passkey)).status).toBe(200);
  });

  it('dies while a reauthentication is settled: 503, a session as stale as before, and the same assertion works', async () => {
    const user = await newUserWithPasskey();
    const readSession = () =>
      server.owner
        .selectFrom('auth.sessions')
        .select('authenticated_at')
        .where('id', '=', user.sessionId)
        .executeTakeFirst();
    const seen = await readSession();
    const { challenge } = await requestChallenge(
      server,
      'passkeys.reauthenticateOptions',
      user.client,
    );
    const prove = () =>
      user.client.call('passkeys.reauthenticateVerify', {
        response: user.passkey.assert(challenge, { counter: 7 }),
      });
    const role = sql.id(server.database.appRole);
    const before = await countRows();
    for (const [right, table] of [
      ['delete', 'verification'],
      ['update', 'passkeys'],
      ['insert', 'login_attempts'],
      ['update', 'sessions'],
    ] as const) {
      const target = sql`${sql.raw(right)} on ${sql.id('auth', table)}`;
      await sql`revoke ${target} from ${role}`.execute(server.owner);
      try {
        // More often than a passkey may fail: if one counted, it would pause.
        for (let i = 0; i < 4; i += 1) {
          const answer = await prove();
          expect([table, answer.status, answer.code]).toEqual([table, 503, 'SERVICE_UNAVAILABLE']);
        }
      } finally {
        await sql`grant ${target} to ${role}`.execute(server.owner);
      }
    }
    expect(await countRows()).toEqual(before);
    expect(await readSession()).toEqual(seen);
    expect((await prove()).status).toBe(200);
  });

  it('`capability` answers without the database', async () => {
    await proxy.setMode({ kind: 'refuse' });
    try {
      expect(await server.client().expectSuccess('passkeys.capability')).toEqual({
        enabled: true,
        conditionalUIAvailable: true,
        rpId: 'localhost',
      });
    } finally {
      await proxy.setMode({ kind: 'pass' });
    }
  });
});
