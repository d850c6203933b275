import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { AppRouter } from '@mana/server/router';
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import { sendFailure, startFaultServer } from '../../test/fault-server.fixture.ts';
import { handleAuthError } from './handle-auth-error.ts';

const envelope = {
  code: 'ACCOUNT_LOCKED',
  message: 'Wait.',
  retryable: true,
  retryAfterSec: 60,
  requestId: 'request-1',
};

function failureOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const meta = { response: new Response(null, { status, headers }), responseJSON: body };
  return handleAuthError(new TRPCClientError('whatever', { meta }));
}

describe("the server's envelope", () => {
  it('decides, whatever else the error says', () => {
    const error = { data: { auth: envelope, httpStatus: 401 }, message: 'fetch failed' };
    expect(handleAuthError(error)).toEqual({
      success: false,
      code: 'ACCOUNT_LOCKED',
      error: 'Wait.',
      retryable: true,
      retryAfterSec: 60,
      requestId: 'request-1',
    });
  });

  it("is found behind somebody else's error", () => {
    const error = new Error('sign-in failed', { cause: { data: { auth: envelope } } });
    expect(handleAuthError(error).code).toBe('ACCOUNT_LOCKED');
  });

  it('names the invalid field of an input', () => {
    const auth = { ...envelope, code: 'VALIDATION', retryable: false };
    expect(handleAuthError({ data: { auth, field: 'items.0.email' } })).toMatchObject({
      code: 'VALIDATION',
      field: 'items.0.email',
    });
  });

  it('says what second steps there are, and only with TWO_FACTOR_REQUIRED', () => {
    const twoFactor = { methods: ['totp'], challenge: 'secret' };
    const auth = { ...envelope, code: 'TWO_FACTOR_REQUIRED', retryable: false };
    expect(handleAuthError({ data: { auth, twoFactor } })).toMatchObject({ twoFactor });
    expect(handleAuthError({ data: { auth } })).not.toHaveProperty('twoFactor');
    expect(handleAuthError({ data: { auth: envelope, twoFactor } })).not.toHaveProperty(
      'twoFactor',
    );
  });

  it("is read from the errors of the caller's own tRPC client", async () => {
    const server = await startFaultServer();
    server.respondWith((_call, response) => sendFailure(response, 401, { code: 'TOKEN_EXPIRED' }));
    const link = httpLink({ url: `${server.url}/trpc`, transformer: superjson });
    const client = createTRPCClient<AppRouter>({ links: [link] });
    const error: unknown = await client.auth.profile.query().catch((cause: unknown) => cause);
    await server.stop();
    expect(handleAuthError(error)).toMatchObject({ code: 'TOKEN_EXPIRED', requestId: 'request-1' });
  });
});

describe('a response of a server without envelopes', () => {
  it.each([
    [401, { message: 'Invalid email or password' }, 'INVALID_CREDENTIALS'],
    [403, { code: 'EMAIL_NOT_VERIFIED', message: 'Email not verified' }, 'EMAIL_NOT_VERIFIED'],
    [422, { message: 'User already exists. Use another email.' }, 'EMAIL_ALREADY_REGISTERED'],
    [400, { code: 'PASSWORD_TOO_SHORT' }, 'WEAK_PASSWORD'],
    [400, { code: 'INVALID_TOKEN' }, 'TOKEN_INVALID'],
    [401, { message: 'Token expired' }, 'TOKEN_EXPIRED'],
    [423, { message: 'Your account is temporarily locked' }, 'ACCOUNT_LOCKED'],
    [401, { message: 'Unauthorized' }, 'UNAUTHORIZED'],
    [403, { message: 'Forbidden' }, 'FORBIDDEN'],
    [409, { message: 'Conflict' }, 'VALIDATION'],
    [404, { error: { message: 'No procedure', code: -32004 } }, 'NOT_FOUND'],
    [429, { message: 'Invalid email or password' }, 'RATE_LIMITED'],
    [500, { message: 'Invalid email or password' }, 'INTERNAL'],
    [503, { message: 'Token expired' }, 'SERVICE_UNAVAILABLE'],
  ] as const)('with %d %j is recognised by its status and text: %s', (status, body, code) => {
    const failure = failureOf(status, body);
    expect(failure).toMatchObject({ code, error: errorTable[code].message });
    expect(failure).not.toHaveProperty('requestId');
  });

  it('keeps Retry-After where waiting helps', () => {
    expect(failureOf(429, {}, { 'retry-after': '9' })).toMatchObject({ retryAfterSec: 9 });
    expect(failureOf(403, {}, { 'retry-after': '9' })).not.toHaveProperty('retryAfterSec');
  });

  it("is read from the errors of Better Auth's client", () => {
    const error = { status: 401, statusText: 'UNAUTHORIZED', code: 'INVALID_EMAIL_OR_PASSWORD' };
    expect(handleAuthError(error).code).toBe('INVALID_CREDENTIALS');
  });
});

describe('anything else', () => {
  it.each([
    new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
    new TypeError('Failed to fetch'),
    new DOMException('The operation timed out', 'TimeoutError'),
    new AggregateError([new Error('x'), { code: 'ENOTFOUND' }]),
    new TRPCClientError('Load failed', { cause: new TypeError('Load failed') }),
  ])('that the network caused is an outage: %s', (error) => {
    expect(handleAuthError(error)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  });

  it.each([undefined, null, 0, 'x', {}, new Error('secret'), { status: 200 }, { status: '401' }])(
    'that is unknown blames nobody: %j',
    (error) => {
      const { code, error: text } = handleAuthError(error);
      expect(['INTERNAL', 'SERVICE_UNAVAILABLE']).toContain(code);
      expect(text).not.toContain('secret');
    },
  );

  it('that is an AuthError keeps its code', () => {
    expect(handleAuthError(new AuthError('WEAK_PASSWORD', { path: 'password' }))).toMatchObject({
      code: 'WEAK_PASSWORD',
      field: 'password',
    });
  });
});
