import { describe, expect, it } from 'vitest';
import { AuthError } from '../codes/auth-error.ts';
import { errorTable, isErrorCode } from '../codes/codes.ts';
import { parseEnvelope, toEnvelope } from './error-envelope.ts';

describe('toEnvelope', () => {
  it('carries the code, its message, whether to retry, and the request id', () => {
    expect(toEnvelope(new AuthError('WEAK_PASSWORD'), 'r1')).toEqual({
      code: 'WEAK_PASSWORD',
      message: errorTable.WEAK_PASSWORD.message,
      retryable: false,
      requestId: 'r1',
    });
  });

  it('carries the wait in whole seconds where a wait helps, and nowhere else', () => {
    const locked = new AuthError('ACCOUNT_LOCKED', { retryAfterSec: 12.2 });
    expect(toEnvelope(locked, 'r')).toMatchObject({ retryable: true, retryAfterSec: 13 });
    const wrong = new AuthError('INVALID_CREDENTIALS', { retryAfterSec: 12 });
    expect(toEnvelope(wrong, 'r')).not.toHaveProperty('retryAfterSec');
    const broken = new AuthError('RATE_LIMITED', { retryAfterSec: Number.NaN });
    expect(toEnvelope(broken, 'r')).not.toHaveProperty('retryAfterSec');
  });

  it('never lets out a cause, a path, a raw code or the message of a fault', () => {
    const secret = 'select * from auth.users';
    for (const code of Object.keys(errorTable).filter(isErrorCode)) {
      const isFault = errorTable[code].httpStatus >= 500;
      const error = new AuthError(code, {
        cause: new Error(secret),
        path: secret,
        rawCode: secret,
        message: isFault ? secret : undefined,
      });
      expect(JSON.stringify(toEnvelope(error, 'r')), code).not.toContain(secret);
    }
  });

  it('shows a message that was chosen for people', () => {
    const error = new AuthError('VALIDATION', { message: 'Write the date as 2026-11-24.' });
    expect(toEnvelope(error, 'r').message).toBe('Write the date as 2026-11-24.');
  });
});

describe('parseEnvelope', () => {
  const good = { code: 'RATE_LIMITED', message: 'Wait.', retryable: true, requestId: 'r' };

  it('reads back what toEnvelope wrote, over JSON', () => {
    const sent = new AuthError('ACCOUNT_LOCKED', { retryAfterSec: 30 });
    const parsed = parseEnvelope(JSON.parse(JSON.stringify(toEnvelope(sent, 'r7'))));
    expect(parsed).toMatchObject({
      code: 'ACCOUNT_LOCKED',
      message: sent.message,
      retryAfterSec: 30,
      requestId: 'r7',
      rawCode: 'ACCOUNT_LOCKED',
    });
  });

  it('keeps a code that it does not know', () => {
    const parsed = parseEnvelope({ ...good, code: 'QUANTUM_REQUIRED' });
    expect(parsed).toMatchObject({ code: undefined, rawCode: 'QUANTUM_REQUIRED', retryable: true });
  });

  it('accepts a newer envelope with more fields', () => {
    expect(parseEnvelope({ ...good, hint: 'new' })).toBeDefined();
  });

  it.each([
    undefined,
    null,
    'RATE_LIMITED',
    [],
    {},
    { ...good, code: 7 },
    { ...good, message: undefined },
    { ...good, retryable: 'yes' },
    { ...good, requestId: null },
    { ...good, retryAfterSec: '5' },
    { ...good, retryAfterSec: -1 },
    { ...good, retryAfterSec: Number.POSITIVE_INFINITY },
  ])('refuses %j', (value) => {
    expect(parseEnvelope(value)).toBeUndefined();
  });
});
