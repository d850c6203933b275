import { describe, expect, it } from 'vitest';
import { ConfigurationError, parseEnvironment } from './config.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  BASE_URL: 'https://auth.example.org',
  DATABASE_URL: 'postgres://app:x@db/mana',
  SMTP_URL: 'smtps://mail.example.org',
  MANA_AUTH_SECRET: 's'.repeat(32),
  MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
};

function relyingPartyOf(variables: Record<string, string>) {
  return parseEnvironment(variables).relyingParty;
}

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    parseEnvironment(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('the relying party', () => {
  it('is localhost in development', () => {
    expect(relyingPartyOf({})).toEqual({
      id: 'localhost',
      name: 'mana',
      origins: ['http://localhost:3000'],
      requiresUserVerification: true,
    });
  });

  it.each(['http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'is localhost for a server at %s too, since an address is no id',
    (BASE_URL) => {
      for (const variables of [{ BASE_URL }, { ...PRODUCTION, BASE_URL }]) {
        expect(relyingPartyOf(variables)).toMatchObject({
          id: 'localhost',
          origins: ['http://localhost:4000'],
        });
      }
    },
  );

  it('is the cookie domain in production, for the trusted origins on it', () => {
    const shared = {
      ...PRODUCTION,
      COOKIE_DOMAIN: 'Example.org',
      TRUSTED_ORIGINS: 'https://app.example.org,https://example.net,https://notexample.org',
    };
    expect(relyingPartyOf(shared)).toMatchObject({
      id: 'example.org',
      origins: ['https://auth.example.org', 'https://app.example.org'],
    });
  });

  it('is the host of BASE_URL if no cookie domain is set', () => {
    expect(relyingPartyOf(PRODUCTION)).toMatchObject({ id: 'auth.example.org' });
    expect(relyingPartyOf({ BASE_URL: 'https://dev.example.org' }).id).toBe('dev.example.org');
  });

  it('is what is configured', () => {
    const configured = {
      ...PRODUCTION,
      WEBAUTHN_RP_ID: 'example.org',
      WEBAUTHN_RP_NAME: 'Example',
      WEBAUTHN_ORIGIN: 'https://app.example.org',
      WEBAUTHN_USER_VERIFICATION: 'preferred',
      TRUSTED_ORIGINS: 'https://app.example.org',
    };
    expect(relyingPartyOf(configured)).toEqual({
      id: 'example.org',
      name: 'Example',
      origins: ['https://app.example.org'],
      requiresUserVerification: false,
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'an id that BASE_URL is not on',
      { WEBAUTHN_RP_ID: 'example.net' },
      'WEBAUTHN_RP_ID is example.net, but BASE_URL (https://auth.example.org) is not on it: set WEBAUTHN_ORIGIN to the origins of the pages that use passkeys',
    ],
    [
      'an id that BASE_URL only ends like',
      { WEBAUTHN_RP_ID: 'uth.example.org' },
      'WEBAUTHN_RP_ID is uth.example.org, but BASE_URL (https://auth.example.org) is not on it: set WEBAUTHN_ORIGIN to the origins of the pages that use passkeys',
    ],
    [
      'an origin that is not on the id',
      { WEBAUTHN_ORIGIN: 'https://example.net', TRUSTED_ORIGINS: 'https://example.net' },
      'WEBAUTHN_ORIGIN has https://example.net, which is not on auth.example.org: remove it, or set WEBAUTHN_RP_ID',
    ],
    [
      'an origin whose calls are refused',
      { WEBAUTHN_ORIGIN: 'https://app.auth.example.org' },
      'WEBAUTHN_ORIGIN has https://app.auth.example.org, whose calls are refused: add it to TRUSTED_ORIGINS',
    ],
    [
      'an origin without https',
      {
        WEBAUTHN_ORIGIN: 'http://app.auth.example.org',
        TRUSTED_ORIGINS: 'http://app.auth.example.org',
      },
      'WEBAUTHN_ORIGIN has http://app.auth.example.org, but browsers offer passkeys over https only',
    ],
    [
      'an address in place of a domain',
      { BASE_URL: 'https://203.0.113.7' },
      'WEBAUTHN_RP_ID is missing: passkeys need a domain, but BASE_URL has an IP address; set both to a domain, or PASSKEYS to off',
    ],
    [
      'an id that is no domain',
      { WEBAUTHN_RP_ID: 'https://example.org' },
      'WEBAUTHN_RP_ID must be a bare domain such as example.org',
    ],
    [
      'an empty origin',
      { WEBAUTHN_ORIGIN: ',' },
      'WEBAUTHN_ORIGIN must be origins such as https://app.example.org, separated by commas',
    ],
  ])(
    '%s prevents the start, with a sentence that says what to set',
    (_name, variables, problem) => {
      expect(problemsOf({ ...PRODUCTION, ...variables })).toEqual([problem]);
    },
  );

  it('accepts pages on another domain than the server’s if they are named', () => {
    const elsewhere = {
      ...PRODUCTION,
      WEBAUTHN_RP_ID: 'example.net',
      WEBAUTHN_ORIGIN: 'https://app.example.net',
      TRUSTED_ORIGINS: 'https://app.example.net',
    };
    expect(problemsOf(elsewhere)).toEqual([]);
  });

  it('prevents no start while passkeys are off', () => {
    const off = { ...PRODUCTION, WEBAUTHN_RP_ID: 'example.net', PASSKEYS: 'off' };
    expect(problemsOf(off)).toEqual([]);
    expect(parseEnvironment(off).passkeysEnabled).toBe(false);
  });
});
