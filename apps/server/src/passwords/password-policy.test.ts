import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { describe, expect, it } from 'vitest';
import { checkPassword } from './password-policy.ts';

const policy = { minLength: 8 };
const owner = { email: 'ada.lovelace@example.org', name: 'Ada Lovelace' };

/** What checkPassword says about it; undefined when it takes it. */
function refusal(password: string, about: Parameters<typeof checkPassword>[2] = owner) {
  try {
    checkPassword(password, policy, about);
    return undefined;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return { code: error.code, message: error.message, path: error.path };
  }
}

describe('S26: a new password', () => {
  it.each([
    'a quiet correct horse',
    'x'.repeat(56).concat('correct!'),
    'q7'.repeat(128),
    '密码密码密码密码',
    'correct horse ada.lovelace@example.org',
  ])('is taken: %j', (password) => {
    expect(refusal(password)).toBeUndefined();
  });

  it('that is too short is told the minimum length', () => {
    expect(refusal('1234567')).toEqual({
      code: 'WEAK_PASSWORD',
      message: 'Choose a password of at least 8 characters.',
      path: 'password',
    });
  });

  it('is counted in characters, however they are stored', () => {
    expect(refusal('🔑🔑🔑🔑')?.message).toMatch(/at least 8/);
    expect(refusal('a\u0308o\u0308u\u0308a\u0308')?.message).toMatch(/at least 8/);
    expect(refusal('🔑'.repeat(8))).toBeUndefined();
  });

  it('that is too long is refused and never truncated', () => {
    expect(refusal('q'.repeat(257))?.message).toBe('Choose a password of at most 256 characters.');
  });

  it.each([
    'password1',
    'PASSWORD1',
    'Password1',
    'iloveyou',
    'qwertyuiop',
    '1234567890',
    'ｐassword1',
  ])('that is one of the most common is refused, whatever its case: %s', (password) => {
    expect(refusal(password)?.message).toBe(
      'This password is one of the most common ones; choose another.',
    );
  });

  it.each([
    'ada.lovelace@example.org',
    'Ada.Lovelace@Example.org',
    'ADA.LOVELACE',
    ' ada.lovelace ',
  ])("that is the owner's own address is refused: %j", (password) => {
    expect(refusal(password)?.message).toBe('This password is your own address; choose another.');
  });

  it.each(['Ada Lovelace', 'adalovelace', 'ADA LOVELACE '])(
    "that is the owner's own name is refused: %j",
    (password) => {
      expect(refusal(password)?.message).toBe('This password is your own name; choose another.');
    },
  );

  it('is refused with the name of the form’s field', () => {
    expect(refusal('short', { ...owner, path: 'newPassword' })?.path).toBe('newPassword');
  });

  it('is also checked without an owner', () => {
    expect(() => checkPassword('a quiet correct horse', policy)).not.toThrow();
    expect(() => checkPassword('password1', policy)).toThrow(/most common/);
  });
});
