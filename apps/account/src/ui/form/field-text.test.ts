import type { AuthFailure } from '@mana/shared-auth';
import { describe, expect, test } from 'vitest';
import { findFailureProblems, findProblems } from './field-text.ts';

function failWith(code: AuthFailure['code'], field?: string): AuthFailure {
  return {
    success: false,
    code,
    error: 'Said by the server.',
    retryable: false,
    ...(field && { field }),
  };
}

describe('findProblems', () => {
  test('names every empty field, and only those of the form', () => {
    expect(Object.keys(findProblems({ name: ' ', email: '', password: '' }))).toEqual([
      'name',
      'email',
      'password',
    ]);
    expect(findProblems({})).toEqual({});
  });

  test('takes a password as it is, even spaces', () => {
    expect(findProblems({ password: ' ', currentPassword: ' ', newPassword: ' ' })).toEqual({});
  });

  test('sends no code that must be wrong, since a wrong one counts', () => {
    expect(findProblems({ code: '123 456' })).toEqual({});
    for (const code of ['12345', '1234567', '12345a', '']) {
      expect(findProblems({ code })).toHaveProperty('code');
    }
    expect(findProblems({ backupCode: 'k3vqa-x7m2d' })).toEqual({});
    expect(findProblems({ backupCode: ' ' })).toHaveProperty('backupCode');
  });

  test('leaves it to the server to check what may be an address', () => {
    expect(findProblems({ email: ' anna@localhost ' })).toEqual({});
    expect(findProblems({ email: 'anna' })).toHaveProperty('email');
  });
});

describe('findFailureProblems', () => {
  const signIn = { email: '', password: '' };

  test('puts what the server says beside the field it is about', () => {
    expect(findFailureProblems(failWith('INVALID_CREDENTIALS'), signIn)).toEqual({
      password: 'Said by the server.',
    });
    expect(findFailureProblems(failWith('WEAK_PASSWORD'), signIn)).toEqual({
      password: 'Said by the server.',
    });
    expect(findFailureProblems(failWith('EMAIL_ALREADY_REGISTERED'), signIn)).toEqual({
      email: 'Said by the server.',
    });
    expect(Object.keys(findFailureProblems(failWith('VALIDATION', 'name'), { name: '' }))).toEqual([
      'name',
    ]);
  });

  test('tells the current password from the new one', () => {
    const change = { currentPassword: '', newPassword: '' };
    const wrong = findFailureProblems(failWith('INVALID_CREDENTIALS'), change);
    expect(wrong).toEqual({ currentPassword: "That isn't your password." });
    const weak = findFailureProblems(failWith('WEAK_PASSWORD', 'newPassword'), change);
    expect(weak).toEqual({ newPassword: 'Said by the server.' });
  });

  test('mentions no address if only the password was asked for', () => {
    const wrong = findFailureProblems(failWith('INVALID_CREDENTIALS'), { password: '' });
    expect(wrong).toEqual({ password: "That isn't your password." });
  });

  test('shows what is wrong with a recovery code, and only beside its field', () => {
    for (const code of ['VALIDATION', 'VAULT_UNREADABLE'] as const) {
      const failure = failWith(code, 'recoveryCode');
      const problems = { recoveryCode: 'Said by the server.' };
      expect(findFailureProblems(failure, { recoveryCode: '' })).toEqual(problems);
      expect(findFailureProblems(failure, { password: '' })).toEqual({});
    }
    expect(findFailureProblems(failWith('VAULT_UNREADABLE'), { recoveryCode: '' })).toEqual({});
  });

  test('shows a wrong code beside the field it was typed into', () => {
    const failure = failWith('TWO_FACTOR_FAILED');
    expect(Object.keys(findFailureProblems(failure, { code: '' }))).toEqual(['code']);
    expect(Object.keys(findFailureProblems(failure, { backupCode: '' }))).toEqual(['backupCode']);
    const malformed = failWith('VALIDATION', 'code');
    expect(Object.keys(findFailureProblems(malformed, { backupCode: '' }))).toEqual(['backupCode']);
  });

  test("tells a passkey's name from a person's", () => {
    const failure = failWith('VALIDATION', 'name');
    expect(Object.keys(findFailureProblems(failure, { passkeyName: '' }))).toEqual(['passkeyName']);
    expect(findProblems({ passkeyName: ' ' })).toEqual({
      passkeyName: 'Enter a name you will recognise.',
    });
  });

  test('puts nothing beside a field if the failure is not about one, or not about one in this form', () => {
    expect(findFailureProblems(failWith('SERVICE_UNAVAILABLE'), signIn)).toEqual({});
    expect(findFailureProblems(failWith('VALIDATION'), signIn)).toEqual({});
    expect(findFailureProblems(failWith('VALIDATION', 'toString'), signIn)).toEqual({});
    expect(findFailureProblems(failWith('VALIDATION', 'newEmail'), signIn)).toEqual({});
    expect(findFailureProblems(failWith('INVALID_CREDENTIALS'), { code: '' })).toEqual({});
  });
});
