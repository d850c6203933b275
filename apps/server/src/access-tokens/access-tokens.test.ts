import { createHmac, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessTokens } from './access-tokens.ts';
import { createAccessTokens } from './access-tokens.ts';
import { ACCESS_TOKEN_TTL_SECONDS } from './key-schedule.ts';
import type { SigningKeys } from './signing-keys.ts';

const ISSUER = 'https://auth.example.org';
const CLAIMS = {
  sub: 'u1',
  email: 'a@example.org',
  role: 'user',
  sid: 's1',
  tier: 'public',
} as const;

describe('S38: access tokens', () => {
  const key = generateKeyPairSync('ed25519');
  let now: Date;
  let version: number;
  let known: string[];
  let tokens: AccessTokens;

  beforeEach(() => {
    now = new Date('2026-11-24T12:00:00Z');
    version = 0;
    known = ['k1'];
    const keys: SigningKeys = {
      current: () => ({ kid: 'k1', privateKey: key.privateKey }),
      findPublicKey: async (kid) => (known.includes(kid) ? key.publicKey : undefined),
      publicJwks: () => ({ keys: [] }),
      get version() {
        return version;
      },
      reload: async () => undefined,
    };
    tokens = createAccessTokens(keys, ISSUER, () => now);
  });

  async function forge(change: {
    header?: Record<string, unknown>;
    claims?: Record<string, unknown>;
    without?: string;
  }): Promise<string> {
    const seconds = Math.floor(now.getTime() / 1000);
    const claims: Record<string, unknown> = {
      ...CLAIMS,
      iss: ISSUER,
      aud: ISSUER,
      iat: seconds,
      nbf: seconds,
      exp: seconds + 60,
      jti: 'j1',
      ...change.claims,
    };
    if (change.without) delete claims[change.without];
    const header = { alg: 'EdDSA', kid: 'k1', typ: 'at+jwt', ...change.header };
    return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey);
  }

  it('names the algorithm, the key and the type, and lives at most 15 minutes', async () => {
    const { accessToken, accessTokenExpiresAt } = await tokens.sign(CLAIMS);
    expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'EdDSA', kid: 'k1', typ: 'at+jwt' });
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({ ...CLAIMS, iss: ISSUER, aud: ISSUER });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(ACCESS_TOKEN_TTL_SECONDS);
    expect(accessTokenExpiresAt.getTime()).toBe(Number(claims.exp) * 1000);
    expect(await tokens.verify(accessToken)).toMatchObject({ status: 'valid', claims: CLAIMS });
  });

  it('accepts what it would have written, so that each refusal below is due to its one change', async () => {
    expect((await tokens.verify(await forge({}))).status).toBe('valid');
  });

  it('a role and a tier that this version doesn’t know make a token that it accepts, with the least rights', async () => {
    const unknown = { ...CLAIMS, role: 'robot' as 'user', tier: 'cosmic' as 'public' };
    const { accessToken } = await tokens.sign(unknown);
    expect(decodeJwt(accessToken)).toMatchObject({ role: 'user', tier: 'public' });
    for (const token of [accessToken, await forge({ claims: unknown })]) {
      expect(await tokens.verify(token)).toMatchObject({
        status: 'valid',
        claims: { role: 'user', tier: 'public' },
      });
    }
  });

  it.each(['iss', 'aud', 'exp', 'nbf', 'jti', 'iat', 'sub', 'sid', 'role', 'tier', 'email'])(
    'refuses a token without %s',
    async (claim) => {
      expect((await tokens.verify(await forge({ without: claim }))).status).toBe('invalid');
    },
  );

  it.each([
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['another audience', { claims: { aud: 'https://evil.example' } }],
    ['a list of audiences', { claims: { aud: [ISSUER, 'https://evil.example'] } }],
    ['a lifetime over 15 minutes', { claims: { exp: 1795522400 + 901 + 3600 } }],
    ['a time before it is valid', { claims: { nbf: 1795525200 } }],
    ['another type', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['an unknown key', { header: { kid: 'k2' } }],
    ['no key id', { header: { kid: undefined } }],
    ['a key in its header', { header: { jwk: key.publicKey.export({ format: 'jwk' }) } }],
    ['a key address in its header', { header: { jku: 'https://evil.example/keys' } }],
    ['a certificate address in its header', { header: { x5u: 'https://evil.example/cert' } }],
    ['an unknown header field', { header: { b64: true } }],
  ])('refuses %s', async (_name, change) => {
    expect((await tokens.verify(await forge(change))).status).toBe('invalid');
  });

  it('refuses `crit`, `none` and an HMAC under the public key', async () => {
    const [, payload = '', signature = ''] = (await forge({})).split('.');
    const encode = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    const common = { kid: 'k1', typ: 'at+jwt' };
    const none = `${encode({ ...common, alg: 'none' })}.${payload}.`;
    const critical = `${encode({ ...common, alg: 'EdDSA', crit: ['exp'] })}.${payload}.${signature}`;
    const hmacHead = `${encode({ ...common, alg: 'HS256' })}.${payload}`;
    const publicPem = key.publicKey.export({ format: 'pem', type: 'spki' });
    const hmac = `${hmacHead}.${createHmac('sha256', publicPem).update(hmacHead).digest('base64url')}`;
    for (const token of [none, critical, hmac]) {
      expect((await tokens.verify(token)).status).toBe('invalid');
    }
  });

  it('refuses any changed character, even after the true token was verified', async () => {
    const { accessToken } = await tokens.sign(CLAIMS);
    expect((await tokens.verify(accessToken)).status).toBe('valid');
    for (let i = 0; i < accessToken.length - 1; i += 7) {
      const changed = accessToken[i] === 'A' ? 'B' : 'A';
      const forged = accessToken.slice(0, i) + changed + accessToken.slice(i + 1);
      expect((await tokens.verify(forged)).status).toBe('invalid');
    }
  });

  it('says expired at the very second, remembered or not', async () => {
    const { accessToken } = await tokens.sign(CLAIMS);
    const fresh = await tokens.sign(CLAIMS);
    await tokens.verify(accessToken);
    now = new Date(now.getTime() + (ACCESS_TOKEN_TTL_SECONDS - 1) * 1000);
    expect((await tokens.verify(accessToken)).status).toBe('valid');
    now = new Date(now.getTime() + 1000);
    expect((await tokens.verify(accessToken)).status).toBe('expired');
    expect((await tokens.verify(fresh.accessToken)).status).toBe('expired');
  });

  it('accepts a token of a server whose clock is up to five seconds ahead, remembered or not', async () => {
    const { accessToken } = await tokens.sign(CLAIMS);
    const ahead = now;
    now = new Date(ahead.getTime() - 5000);
    expect((await tokens.verify(accessToken)).status).toBe('valid');
    expect((await tokens.verify(accessToken)).status).toBe('valid');
    now = new Date(ahead.getTime() - 6000);
    expect((await tokens.verify(accessToken)).status).toBe('invalid');
    expect((await tokens.verify(await forge({ claims: issuedAhead(7) }))).status).toBe('invalid');
  });

  function issuedAhead(bySeconds: number) {
    return { iat: Math.floor(now.getTime() / 1000) + bySeconds };
  }

  it('forgets verified tokens when a key goes', async () => {
    const { accessToken } = await tokens.sign(CLAIMS);
    expect((await tokens.verify(accessToken)).status).toBe('valid');
    known = [];
    version += 1;
    expect((await tokens.verify(accessToken)).status).toBe('invalid');
  });

  it.each(['', '.', '..', 'a.b.c', 'é.é.é', 'x'.repeat(100_000), '\u0000'])(
    'answers invalid for what is no token',
    async (token) => {
      expect(await tokens.verify(token)).toEqual({ status: 'invalid' });
    },
  );
});
