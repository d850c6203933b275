import type { SessionState } from '@mana/shared-auth';
import { describe, expect, test } from 'vitest';
import { changeSearch, decideView, isOurs } from './routes.ts';

const unknown: SessionState = { status: 'unknown' };
const signedOut: SessionState = { status: 'signed-out' };
const signedIn: SessionState = {
  status: 'signed-in',
  user: {
    id: 'u1',
    email: 'anna@example.org',
    emailVerified: true,
    name: 'Anna',
    image: null,
    role: 'user',
    accessTier: 'public',
    kind: 'human',
    twoFactorEnabled: false,
    onboardingCompletedAt: null,
    createdAt: new Date(0),
  },
};

describe('decideView', () => {
  test('waits for the session wherever the page depends on it', () => {
    for (const path of ['/', '/profile', '/sign-in', '/sign-up']) {
      expect(decideView(path, '', unknown)).toEqual({ wait: true });
    }
  });

  test('shows the pages about emails without waiting', () => {
    expect(decideView('/check-mail', '', unknown)).toEqual({ show: '/check-mail' });
    expect(decideView('/verify-email', '?error=TOKEN_EXPIRED', unknown)).toEqual({
      show: '/verify-email',
    });
  });

  test('shows what is not found to everybody, without waiting', () => {
    for (const path of ['/nowhere', '/sign-in/', '/constructor']) {
      for (const session of [unknown, signedOut, signedIn]) {
        expect(decideView(path, '', session)).toEqual({ show: 'not-found' });
      }
    }
  });

  test('sends the root where somebody belongs', () => {
    expect(decideView('/', '', signedIn)).toEqual({ redirect: '/profile' });
    expect(decideView('/', '', signedOut)).toEqual({ redirect: '/sign-in' });
  });

  test('asks for a sign-in before the profile, and remembers the way back', () => {
    expect(decideView('/profile', '', signedOut)).toEqual({ redirect: '/sign-in?next=%2Fprofile' });
    expect(decideView('/sign-in', '?next=%2Fprofile', signedIn)).toEqual({ redirect: '/profile' });
    const view = decideView('/profile', '?changed=email', signedOut);
    expect(view).toEqual({ redirect: '/sign-in?next=%2Fprofile%3Fchanged%3Demail' });
    expect(decideView('/sign-in', '?next=%2Fprofile%3Fchanged%3Demail', signedIn)).toEqual({
      redirect: '/profile?changed=email',
    });
  });

  test('lets anybody set a new password, without waiting', () => {
    for (const path of ['/forgot-password', '/reset-password'] as const) {
      for (const session of [unknown, signedOut, signedIn]) {
        expect(decideView(path, '', session)).toEqual({ show: path });
      }
    }
  });

  test('shows nobody a form for what they already have', () => {
    for (const path of ['/sign-in', '/sign-up', '/check-mail']) {
      expect(decideView(path, '', signedIn)).toEqual({ redirect: '/profile' });
    }
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil',
    '/sign-in',
    '/nowhere',
    '/nowhere?/profile',
    '//evil.example?/profile',
    '/reset-password',
    'javascript:1',
    'toString',
  ])('never follows ?next=%s', (next) => {
    const view = decideView('/sign-in', `?next=${encodeURIComponent(next)}`, signedIn);
    expect(view).toEqual({ redirect: '/profile' });
  });
});

test('only the given parameters of a query string change', () => {
  expect(changeSearch('?next=%2Fprofile', { step: 'code' })).toBe('?next=%2Fprofile&step=code');
  expect(changeSearch('?step=code', { step: null })).toBe('');
});

test('only the addresses of pages are ours', () => {
  expect(isOurs('/')).toBe(true);
  expect(isOurs('/sign-in')).toBe(true);
  expect(isOurs('/dev/outbox')).toBe(false);
  expect(isOurs('/constructor')).toBe(false);
});
