import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { describe, expect, it } from 'vitest';
import { accessErrorTable } from './access-codes.ts';
import { authErrorTable } from './auth-codes.ts';
import { errorTable, isErrorCode, trpcCodeFor } from './codes.ts';
import { spacesErrorTable } from './spaces-codes.ts';
import { vaultErrorTable } from './vault-codes.ts';

/** The table of the contract, written out by hand: code, status, level, event, lockout, retry. */
const contract = `
INVALID_CREDENTIALS         401 info  LOGIN_FAILURE         yes no
EMAIL_NOT_VERIFIED          403 info  LOGIN_FAILURE         no  no
EMAIL_ALREADY_REGISTERED    409 info  -                     no  no
WEAK_PASSWORD               400 info  -                     no  no
ACCOUNT_LOCKED              429 warn  ACCOUNT_LOCKED        no  after-wait
SIGNUP_LIMIT_REACHED        429 info  -                     no  after-wait
RATE_LIMITED                429 warn  -                     no  after-wait
TOKEN_EXPIRED               401 info  -                     no  no
TOKEN_INVALID               400 info  -                     no  no
TWO_FACTOR_REQUIRED         401 info  -                     no  no
TWO_FACTOR_FAILED           401 info  LOGIN_FAILURE         yes no
PASSKEY_NOT_ENABLED         404 info  -                     no  no
PASSKEY_CANCELLED           400 info  -                     no  no
PASSKEY_VERIFICATION_FAILED 401 warn  PASSKEY_LOGIN_FAILURE no  no
VALIDATION                  400 info  -                     no  no
UNAUTHORIZED                401 info  -                     no  no
NOT_FOUND                   404 info  -                     no  no
SERVICE_UNAVAILABLE         503 error SERVICE_ERROR         no  yes
INTERNAL                    500 error SERVICE_ERROR         no  no
`;

function asText(table: typeof authErrorTable): string {
  const lines = Object.entries(table).map(([code, row]) =>
    [
      code.padEnd(27),
      row.httpStatus,
      row.logLevel.padEnd(5),
      (row.securityEvent ?? '-').padEnd(21),
      row.countsTowardLockout ? 'yes' : 'no ',
      row.retry,
    ].join(' '),
  );
  return `\n${lines.join('\n')}\n`;
}

describe('the error table', () => {
  it('is the table of the contract, row for row', () => {
    expect(asText(authErrorTable)).toBe(contract);
  });

  it('has the codes of the other domains with their statuses', () => {
    const statuses = Object.entries({
      ...accessErrorTable,
      ...vaultErrorTable,
      ...spacesErrorTable,
    }).map(([code, row]) => [code, row.httpStatus]);
    expect(Object.fromEntries(statuses)).toEqual({
      REAUTHENTICATION_REQUIRED: 403,
      FORBIDDEN: 403,
      VAULT_NOT_INITIALISED: 404,
      RECOVERY_WRAP_MISSING: 400,
      ZK_ACTIVE: 409,
      ZK_ROTATE_FORBIDDEN: 409,
      VAULT_CONFLICT: 409,
      VAULT_UNREADABLE: 500,
      SPACE_TYPE_INVALID: 400,
      SPACE_PERSONAL_UNDELETABLE: 403,
      SPACE_FORBIDDEN: 403,
      CREDENTIAL_NOT_FOUND: 404,
    });
  });

  it('holds each code once', () => {
    const tables = [authErrorTable, accessErrorTable, vaultErrorTable, spacesErrorTable];
    const codes = tables.flatMap((table) => Object.keys(table));
    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.keys(errorTable)).toEqual(codes);
  });

  it('counts toward lockout for a wrong password and a wrong code, and for nothing else', () => {
    const counting = Object.entries(errorTable).filter(([, row]) => row.countsTowardLockout);
    expect(counting.map(([code]) => code)).toEqual(['INVALID_CREDENTIALS', 'TWO_FACTOR_FAILED']);
  });

  it('gives each code the tRPC code for which tRPC answers with the same status', () => {
    for (const [code, row] of Object.entries(errorTable)) {
      expect(isErrorCode(code)).toBe(true);
      if (!isErrorCode(code)) continue;
      const status = getHTTPStatusCodeFromError(new TRPCError({ code: trpcCodeFor(code) }));
      expect(status, code).toBe(row.httpStatus);
    }
  });

  it('says something short to people, without technical terms', () => {
    for (const [code, row] of Object.entries(errorTable)) {
      expect(row.message, code).toMatch(/^[A-Z].{15,120}\.$/s);
      expect(row.message, code).not.toMatch(/sql|postgres|database|stack|exception|undefined/i);
    }
  });

  it('cannot be changed at run time', () => {
    expect(Object.isFrozen(errorTable)).toBe(true);
  });
});

describe('isErrorCode', () => {
  it.each(['toString', '__proto__', 'constructor', '', 'invalid_credentials', 401, null, {}])(
    'refuses %j',
    (value) => {
      expect(isErrorCode(value)).toBe(false);
    },
  );
});
