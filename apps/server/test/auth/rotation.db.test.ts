import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PUBLISHED_BEFORE_SIGNING_MS,
  VERIFIES_AFTER_SIGNING_MS,
} from '../../src/access-tokens/key-schedule.ts';
import { reencryptSigningKeys } from '../../src/access-tokens/reencrypt-signing-keys.ts';
import { rotateSigningKeys } from '../../src/access-tokens/rotate-signing-keys.ts';
import { startServer } from '../../src/server.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const FORMER = 'the former secret of the tests and of nothing else';
const NEXT = 'the next secret of the tests and of nothing else';
const COOKIE = 'mana.session_token';

/** One more server on another one's database. */
function startBeside(
  server: TestServer,
  environment: Record<string, string>,
  now?: () => Date,
): Promise<TestServer> {
  return startTestServer({ beside: server, environment, ...(now && { now }) });
}

/** The same cookies, sent to another server behind the same address. */
function at(server: TestServer, client: ApiClient): ApiClient {
  const moved = server.client();
  for (const [name, value] of client.cookies) moved.cookies.set(name, value);
  return moved;
}

async function accessTokenOf(client: ApiClient): Promise<string> {
  const data = await client.expectSuccess('auth.sessionToToken');
  return (data as { accessToken: string }).accessToken;
}

describe('rotation of the app secret', () => {
  let former: TestServer;
  let prepared: TestServer;
  let changed: TestServer;

  beforeAll(async () => {
    former = await startTestServer({ environment: { MANA_AUTH_SECRET: FORMER } });
    const both = { MANA_AUTH_SECRET: FORMER, MANA_AUTH_ACCEPTED_SECRETS: NEXT };
    prepared = await startBeside(former, both);
    const swapped = { MANA_AUTH_SECRET: NEXT, MANA_AUTH_ACCEPTED_SECRETS: FORMER };
    changed = await startBeside(former, swapped);
  });
  afterAll(async () => {
    await changed.close();
    await prepared.close();
    await former.close();
  });

  /** Starts a server that knows only the next secret; everything must have been moved to it. */
  async function startFinal(): Promise<TestServer> {
    await reencryptSigningKeys(former.owner, changed.deps.secrets, new Date());
    return startBeside(former, { MANA_AUTH_SECRET: NEXT });
  }

  const pairs: Record<string, () => readonly [TestServer, TestServer]> = {
    'the former secret alone and the next one accepted': () => [former, prepared],
    'the next one accepted and the next one in use': () => [prepared, changed],
  };

  it.each(Object.entries(pairs))(
    'signs nobody out between servers with %s',
    async (_name, pair) => {
      const [a, b] = pair();
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const client = await from.signedInClient();
        const accessToken = await accessTokenOf(client);
        const moved = at(to, client);
        for (const call of ['auth.profile', 'auth.sessionToToken', 'auth.refresh']) {
          expect([call, (await moved.call(call)).status]).toEqual([call, 200]);
        }
        const headers = { authorization: `Bearer ${accessToken}` };
        expect((await to.client().call('auth.profile', undefined, { headers })).status).toBe(200);
        const valid = await to.client().expectSuccess('auth.validate', { token: accessToken });
        expect(valid).toMatchObject({ valid: true });
        expect((await at(from, moved).call('auth.refresh')).status).toBe(200);
      }
    },
  );

  it('signs the cookies again at refresh, so that the earlier secret can be removed', async () => {
    const visited = at(changed, await former.signedInClient());
    const away = await former.signedInClient();
    const before = new Map(visited.cookies);
    await visited.expectSuccess('auth.profile');
    expect(visited.cookies).toEqual(before);
    await visited.expectSuccess('auth.refresh');
    for (const name of [COOKIE, 'mana.device']) {
      const [was, is] = [before.get(name), visited.cookies.get(name)];
      expect(is).not.toBe(was);
      expect(is?.split('.')[0]).toBe(was?.split('.')[0]);
    }

    const final = await startFinal();
    try {
      expect((await at(final, visited).call('auth.profile')).status).toBe(200);
      // A browser that did not come by meanwhile: the reason why the earlier secret stays for 30 days.
      expect((await at(final, away).call('auth.profile')).code).toBe('UNAUTHORIZED');
    } finally {
      await final.close();
    }
  });

  it('signs a bearer session token again at refresh, and sets no cookie for it', async () => {
    const email = freshEmail();
    await former.signedInClient(email);
    const login = await former.client().call('auth.login', { email, password: PASSWORD });
    const bearer = login.headers.get('set-auth-token');
    const headers = { authorization: `Bearer ${bearer}` };
    const refreshed = await changed.client().call('auth.refresh', undefined, { headers });
    expect(refreshed.status).toBe(200);
    expect(refreshed.headers.getSetCookie()).toEqual([]);
    const renewed = refreshed.headers.get('set-auth-token');
    expect(renewed).not.toBe(bearer);
    const final = await startFinal();
    try {
      const call = (token: string | null) =>
        final
          .client()
          .call('auth.profile', undefined, { headers: { authorization: `Bearer ${token}` } });
      expect((await call(renewed)).status).toBe(200);
      expect((await call(bearer)).code).toBe('UNAUTHORIZED');
    } finally {
      await final.close();
    }
  });

  it('ends a session by a cookie that the earlier secret signed, and clears that cookie', async () => {
    const client = at(changed, await former.signedInClient());
    const copy = at(former, client);
    await client.expectSuccess('auth.logout');
    expect(client.cookies.has(COOKIE)).toBe(false);
    expect((await copy.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
  });

  it('does not renew a session that ends while it is refreshed', async () => {
    const client = await changed.signedInClient();
    const token = client.cookies.get(COOKIE)?.split('.')[0];
    await sql`
      update auth.sessions set expires_at = now() + interval '10 days' where token = ${token}
    `.execute(former.owner);
    const revoked = former.owner.transaction().execute(async (trx) => {
      await sql`update auth.sessions set revoked_at = now() where token = ${token}`.execute(trx);
      const refreshing = client.call('auth.refresh');
      await expect.poll(countWaiting).toBe(1);
      return { refreshing };
    });
    const { refreshing } = await revoked;
    expect((await refreshing).code).toBe('TOKEN_EXPIRED');
  });

  async function countWaiting(): Promise<number> {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_locks join pg_stat_activity using (pid)
      where not granted and locktype = 'transactionid' and datname = current_database()
    `.execute(former.owner);
    return rows[0]?.waiting ?? 0;
  }

  it('does not start with a secret that opens no signing key, and says which variable to look at', async () => {
    const server = await startServer({
      config: createTestConfig({
        DATABASE_URL: former.database.appUrl,
        MIGRATION_DATABASE_URL: former.database.ownerUrl,
        MANA_AUTH_SECRET: 'a secret that nothing was ever stored with',
      }),
      log: createCapturedLog().log,
      onMail: () => undefined,
      now: () => new Date(),
    });
    await expect(server.ready).rejects.toThrow(/MANA_AUTH_SECRET nor MANA_AUTH_ACCEPTED_SECRETS/);
    await server.close();
  });
});

describe('rotation of the signing keys', () => {
  let a: TestServer;
  let b: TestServer;
  let now = new Date();

  beforeAll(async () => {
    a = await startTestServer({ now: () => now });
    b = await startBeside(a, {}, () => now);
  });
  afterAll(async () => {
    await b.close();
    await a.close();
  });

  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;

  /** Moves the clock of both servers by `span`, in small steps over about as many real milliseconds. */
  async function letTimePass(spanMs: number, realMs: number): Promise<void> {
    const startMs = now.getTime();
    const steps = realMs / 20;
    for (let step = 1; step <= steps; step += 1) {
      await delay(20);
      now = new Date(startMs + (spanMs * step) / steps);
    }
  }

  interface Minted {
    readonly token: string;
    readonly expiresAtMs: number;
  }

  /** Mints at one server and verifies at the other until told to stop; answers what went wrong. */
  async function load(from: TestServer, to: TestServer, stopping: AbortSignal) {
    const client = await from.signedInClient();
    const minted: Minted[] = [];
    const kids = new Set<string>();
    const failures: unknown[] = [];
    while (!stopping.aborted) {
      await delay(10);
      const answer = await client.call('auth.sessionToToken');
      if (answer.status !== 200) failures.push(answer.text);
      else minted.push(toMinted(answer.data));
      // The newest, and one whose end is near.
      const nearEnd = minted.find(({ expiresAtMs }) => expiresAtMs > now.getTime() + 20_000);
      for (const { token, expiresAtMs } of [minted.at(-1), nearEnd].filter(
        (one) => one !== undefined,
      )) {
        kids.add(kidOf(token));
        const headers = { authorization: `Bearer ${token}` };
        const validated = await to.client().call('auth.validate', { token });
        const profile = await to.client().call('auth.profile', undefined, { headers });
        const isGood = profile.status === 200 && (validated.data as { valid: boolean }).valid;
        if (!isGood && expiresAtMs > now.getTime()) failures.push([profile.text, validated.text]);
      }
    }
    return { failures, kids };
  }

  function toMinted(data: unknown): Minted {
    const { accessToken, accessTokenExpiresAt } = data as {
      accessToken: string;
      accessTokenExpiresAt: Date;
    };
    return { token: accessToken, expiresAtMs: accessTokenExpiresAt.getTime() };
  }

  async function publishedBy(server: TestServer): Promise<string[]> {
    const response = await fetch(new URL('/.well-known/jwks.json', server.origin));
    const { keys } = (await response.json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  }

  it('S38: changes keys under load on two servers, and no live token is refused', async () => {
    const first = a.deps.signingKeys.current().kid;
    now = new Date(now.getTime() + 1000);
    const stopping = new AbortController();
    const loads = [load(a, b, stopping.signal), load(b, a, stopping.signal)];
    const { kid: second } = await rotateSigningKeys(a.owner, a.deps.secrets, now);
    await expect.poll(() => publishedBy(a)).toEqual([second, first]);
    await expect.poll(() => publishedBy(b)).toEqual([second, first]);

    await letTimePass(PUBLISHED_BEFORE_SIGNING_MS, 1500);
    expect(await publishedBy(b)).toEqual([second, first]);
    await letTimePass(VERIFIES_AFTER_SIGNING_MS, 4500);
    stopping.abort();
    for (const { failures, kids } of await Promise.all(loads)) {
      expect(failures).toEqual([]);
      expect(kids).toEqual(new Set([first, second]));
    }
    expect(await publishedBy(a)).toEqual([second]);
    expect(await publishedBy(b)).toEqual([second]);
  });
});
