import type { AuthFailure } from '@mana/shared-auth';
import { describe, expect, test } from 'vitest';
import { findProblems, problemsOf } from './field-words.ts';

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
  test('names every field that is empty, and only those that are asked for', () => {
    expect(Object.keys(findProblems({ name: ' ', email: '', password: '' }))).toEqual([
      'name',
      'email',
      'password',
    ]);
    expect(findProblems({})).toEqual({});
  });

  test('takes a password as it is, spaces too', () => {
    expect(findProblems({ password: ' ' })).toEqual({});
  });

  test('leaves an address that may be one to the server', () => {
    expect(findProblems({ email: ' anna@localhost ' })).toEqual({});
    expect(findProblems({ email: 'anna' })).toHaveProperty('email');
  });
});

describe('problemsOf', () => {
  test('puts what the server says beside the field that it is about', () => {
    expect(problemsOf(failWith('INVALID_CREDENTIALS'))).toEqual({
      password: 'Said by the server.',
    });
    expect(problemsOf(failWith('WEAK_PASSWORD'))).toEqual({ password: 'Said by the server.' });
    expect(problemsOf(failWith('EMAIL_ALREADY_REGISTERED'))).toEqual({
      email: 'Said by the server.',
    });
    expect(Object.keys(problemsOf(failWith('VALIDATION', 'name')))).toEqual(['name']);
  });

  test('puts nothing beside a field that is not about one', () => {
    expect(problemsOf(failWith('SERVICE_UNAVAILABLE'))).toEqual({});
    expect(problemsOf(failWith('VALIDATION'))).toEqual({});
    expect(problemsOf(failWith('VALIDATION', 'toString'))).toEqual({});
  });
});
