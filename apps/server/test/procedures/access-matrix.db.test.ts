import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import type { PreparedCall } from '../harness/procedure-calls.ts';
import { createCallMaker, procedurePaths } from '../harness/procedure-calls.ts';
import { procedures } from '../harness/procedures.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

const protectedPaths = procedurePaths.filter((path) => procedures[path]?.requires !== 'nothing');
/** What refuses an access token, whoever it belongs to. */
const sessionOnly = Object.fromEntries(
  protectedPaths
    .filter((path) => procedures[path]?.requires !== 'signed-in')
    .map((path) => [path, 'UNAUTHORIZED']),
);
const SESSION_COOKIE = 'mana.session_token';
/** Requires a fresh session, and changes nothing. */
const FRESH_CALL = 'vault.passkeyOptions';

describe('S11: who may call what', () => {
  let server: TestServer;
  let makeCalls: () => Promise<PreparedCall[]>;
  let clockOffsetMs = 0;

  beforeAll(async () => {
    server = await startTestServer({ now: () => new Date(Date.now() + clockOffsetMs) });
    makeCalls = await createCallMaker(server);
  });
  afterEach(() => {
    clockOffsetMs = 0;
  });
  afterAll(() => server.close());

  /** What each protected procedure answers to a caller derived from the rightful one. */
  async function answersTo(
    call: (prepared: PreparedCall) => Promise<Answer>,
    prepare: (calls: readonly PreparedCall[]) => Promise<unknown> = async () => undefined,
  ): Promise<Record<string, string>> {
    const calls = (await makeCalls()).filter(({ path }) => protectedPaths.includes(path));
    await prepare(calls);
    const answers: Record<string, string> = {};
    for (const prepared of calls) answers[prepared.path] = (await call(prepared)).code ?? 'success';
    return answers;
  }

  function all(code: string, but: Readonly<Record<string, string>> = {}): Record<string, string> {
    return Object.fromEntries(protectedPaths.map((path) => [path, but[path] ?? code]));
  }

  const asItIs = ({ client, path, input }: PreparedCall) => client.call(path, input);

  const tokens = new Map<ApiClient, string>();
  /** Keeps an access token of each rightful caller. */
  async function keepTokens(calls: readonly PreparedCall[]): Promise<void> {
    for (const { client } of calls) {
      const answer = await client.expectSuccess('auth.sessionToToken');
      tokens.set(client, (answer as { accessToken: string }).accessToken);
    }
  }
  const withToken = ({ client, path, input }: PreparedCall) =>
    server.client().call(path, input, {
      headers: { authorization: `Bearer ${tokens.get(client)}` },
    });

  it('knows every procedure', () => {
    expect(Object.keys(procedures).toSorted()).toEqual(procedurePaths.toSorted());
  });

  it('lets the rightful caller through', async () => {
    expect(await answersTo(asItIs)).toEqual(all('success'));
  });

  it('refuses callers who are not signed in', async () => {
    const answers = await answersTo(({ path, input }) => server.client().call(path, input));
    expect(answers).toEqual(all('UNAUTHORIZED'));
  });

  it('refuses a token that we didn’t issue', async () => {
    const headers = { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.' };
    const answers = await answersTo(({ path, input }) =>
      server.client().call(path, input, { headers }),
    );
    expect(answers).toEqual(all('UNAUTHORIZED'));
  });

  it('refuses a session that was revoked; signing out of it is no error', async () => {
    const revokeAll = () => sql`update auth.sessions set revoked_at = now()`.execute(server.owner);
    const answers = await answersTo(asItIs, revokeAll);
    expect(answers).toEqual(all('TOKEN_EXPIRED', { 'auth.logout': 'success' }));
  });

  it('refuses an access token whose session was revoked', async () => {
    const answers = await answersTo(withToken, async (calls) => {
      await keepTokens(calls);
      await sql`update auth.sessions set revoked_at = now()`.execute(server.owner);
    });
    expect(answers).toEqual(all('TOKEN_EXPIRED', { ...sessionOnly, 'auth.logout': 'success' }));
  });

  it('refuses an access token that has expired', async () => {
    const answers = await answersTo(withToken, async (calls) => {
      await keepTokens(calls);
      clockOffsetMs = 16 * 60_000;
    });
    expect(answers).toEqual(all('TOKEN_EXPIRED', { ...sessionOnly, 'auth.logout': 'success' }));
  });

  it('lets no access token make another, nor anything that outlives it', async () => {
    const answers = await answersTo(withToken, keepTokens);
    expect(answers).toEqual(all('success', sessionOnly));
  });

  it('gives the session a new token at each proof and each change of how its user signs in', async () => {
    const replaced = new Map<string, { own: ApiClient; copy: ApiClient }>();
    await answersTo(async (prepared) => {
      const { client: own, path } = prepared;
      const copy = server.client();
      for (const [name, value] of own.cookies) copy.cookies.set(name, value);
      const answer = await asItIs(prepared);
      const [before, after] = [copy, own].map(({ cookies }) => cookies.get(SESSION_COOKIE));
      if (after !== undefined && after !== before) replaced.set(path, { own, copy });
      return answer;
    });
    expect([...replaced.keys()].toSorted()).toEqual(
      protectedPaths.filter((path) => procedures[path]?.replacesSession).toSorted(),
    );
    for (const [path, { own, copy }] of replaced) {
      // Calls under way are answered, and never as fresh.
      const codes = [
        await own.call(FRESH_CALL),
        await copy.call('auth.profile'),
        await copy.call(FRESH_CALL),
      ];
      expect([path, ...codes.map(({ code }) => code)]).toEqual([
        path,
        undefined,
        undefined,
        'REAUTHENTICATION_REQUIRED',
      ]);
    }
    clockOffsetMs = 10_000;
    for (const [path, { own, copy }] of replaced) {
      const codes = [await own.call(FRESH_CALL), await copy.call('auth.profile')];
      expect([path, ...codes.map(({ code }) => code)]).toEqual([path, undefined, 'TOKEN_EXPIRED']);
    }
  });

  it('requires a proof within ten minutes for what affects the account’s security', async () => {
    const answers = await answersTo(async (prepared) => {
      // Before every call, since reauthentication is among them.
      await sql`update auth.sessions set authenticated_at = now() - interval '601 s'`.execute(
        server.owner,
      );
      return asItIs(prepared);
    });
    const fresh = Object.fromEntries(
      protectedPaths
        .filter((path) => procedures[path]?.requires === 'fresh')
        .map((path) => [path, 'REAUTHENTICATION_REQUIRED']),
    );
    expect(answers).toEqual(all('success', fresh));
  });

  it('lets nobody act on what belongs to somebody else', async () => {
    const strangers = await Promise.all(protectedPaths.map(() => server.signedInClient()));
    const answers = await answersTo(
      ({ path, input }) =>
        strangers[protectedPaths.indexOf(path)]?.call(path, input) ?? Promise.reject(path),
    );
    const refused = Object.fromEntries(
      protectedPaths.map((path) => [path, procedures[path]?.toOthers ?? 'success']),
    );
    expect(answers).toEqual(refused);
  });
});
