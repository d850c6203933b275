import type { AuthFailure } from '@mana/shared-auth';
import { describe, expect, test } from 'vitest';
import { decideNextStep } from './next-step.ts';

const outage: AuthFailure = {
  success: false,
  code: 'SERVICE_UNAVAILABLE',
  error: 'This one is on us.',
  retryable: true,
};

describe('decideNextStep', () => {
  test('retries a fault of ours, and waits as long as the server asks', () => {
    const step = decideNextStep({ ...outage, retryAfterSec: 12 }, 1);
    expect(step).toEqual({ kind: 'retry', afterSec: 12 });
  });

  test('waits longer with every try, up to half a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 100].map((tries) => decideNextStep(outage, tries));
    expect(waits.map((step) => 'afterSec' in step && step.afterSec)).toEqual([
      2, 4, 8, 15, 30, 30, 30,
    ]);
  });

  test('does not retry a fault that would only happen again', () => {
    const step = decideNextStep({ ...outage, code: 'INTERNAL', retryable: false }, 1);
    expect(step).toEqual({ kind: 'none' });
  });

  test('after a limit lets the wait pass and leaves the next try to the person', () => {
    const limit: AuthFailure = { ...outage, code: 'RATE_LIMITED', retryAfterSec: 40 };
    expect(decideNextStep(limit, 1)).toEqual({ kind: 'wait', afterSec: 40 });
  });

  test.each(['INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED', 'VALIDATION', 'TOKEN_EXPIRED'] as const)(
    'never repeats %s by itself',
    (code) => {
      expect(decideNextStep({ ...outage, code }, 1)).toEqual({ kind: 'none' });
    },
  );
});
