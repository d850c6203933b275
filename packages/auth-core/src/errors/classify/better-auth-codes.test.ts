import { passkey } from '@better-auth/passkey';
import { APIError, betterAuth } from 'better-auth';
import { bearer, jwt, organization, twoFactor } from 'better-auth/plugins';
import { describe, expect, it } from 'vitest';
import { errorTable, isErrorCode } from '../codes/codes.ts';
import { betterAuthCodes } from './better-auth-codes.ts';
import { classifyFromError } from './classify-from-error.ts';

const auth = betterAuth({
  baseURL: 'http://localhost:3000',
  secret: 'kV8rT2mQ9xZ4bN7wL1cF6hJ3pS5dG0yA',
  plugins: [passkey(), twoFactor(), organization(), jwt(), bearer()],
});
const libraryCodes = Object.values(auth.$ERROR_CODES);

describe('the map of Better Auth codes', () => {
  it('maps every code that the library has with our plugins', () => {
    const codes = libraryCodes.map(({ code }) => code);
    expect(codes.filter((code) => !Object.hasOwn(betterAuthCodes, code))).toEqual([]);
    expect(codes).toHaveLength(136);
  });

  it('names no code that the library no longer has', () => {
    const known = new Set(Object.keys(auth.$ERROR_CODES));
    expect(Object.keys(betterAuthCodes).filter((code) => !known.has(code))).toEqual([]);
  });

  it.each(libraryCodes)('classifies a real APIError with $code', (libraryCode) => {
    const mapping = betterAuthCodes[libraryCode.code];
    for (const status of ['BAD_REQUEST', 'UNAUTHORIZED', 'INTERNAL_SERVER_ERROR'] as const) {
      const apiError = APIError.from(status, libraryCode);
      const error = classifyFromError(apiError);
      const byStatus = status === 'UNAUTHORIZED' ? 401 : 'otherwise';
      expect(error.code).toBe(typeof mapping === 'object' ? mapping[byStatus] : mapping);
      expect(isErrorCode(error.code)).toBe(true);
      expect(error.rawCode).toBe(libraryCode.code);
      expect(error.cause).toBe(apiError);
    }
  });

  it('lets nothing but a wrong password and a wrong code count toward lockout', () => {
    const counting = libraryCodes.filter(
      (code) =>
        errorTable[classifyFromError(APIError.from('UNAUTHORIZED', code)).code].countsTowardLockout,
    );
    expect(counting.map(({ code }) => code).sort()).toEqual([
      'INVALID_BACKUP_CODE',
      'INVALID_CODE',
      'INVALID_EMAIL_OR_PASSWORD',
      'INVALID_PASSWORD',
    ]);
  });
});

describe('an APIError', () => {
  it.each([
    ['UNAUTHORIZED', 'UNAUTHORIZED'],
    ['FORBIDDEN', 'FORBIDDEN'],
    ['NOT_FOUND', 'NOT_FOUND'],
    ['CONFLICT', 'VALIDATION'],
    ['UNPROCESSABLE_ENTITY', 'VALIDATION'],
    ['TOO_MANY_REQUESTS', 'RATE_LIMITED'],
    ['INTERNAL_SERVER_ERROR', 'INTERNAL'],
    ['BAD_GATEWAY', 'SERVICE_UNAVAILABLE'],
    ['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
    ['FOUND', 'INTERNAL'],
  ] as const)('without a code goes by its status: %s is %s', (status, code) => {
    expect(classifyFromError(new APIError(status)).code).toBe(code);
  });

  it('with a code of another plugin goes by its status and keeps the code', () => {
    const apiError = new APIError('FORBIDDEN', { code: 'BANNED_USER', message: 'x' });
    expect(classifyFromError(apiError)).toMatchObject({
      code: 'FORBIDDEN',
      rawCode: 'BANNED_USER',
    });
  });

  it('of the input check names the field', async () => {
    const failure = await auth.api
      // @ts-expect-error the input is wrong on purpose
      .signInEmail({ body: { email: 1, password: 'x' } })
      .catch((error: unknown) => error);
    expect(classifyFromError(failure)).toMatchObject({
      code: 'VALIDATION',
      rawCode: 'VALIDATION_ERROR',
    });
  });
});
