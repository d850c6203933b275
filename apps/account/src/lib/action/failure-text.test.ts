import { describe, expect, test } from 'vitest';
import { describeFailure, formatWait } from './failure-text.ts';

const failure = {
  success: false,
  code: 'SERVICE_UNAVAILABLE',
  error: 'A sentence of the server.',
  retryable: true,
} as const;
const about = { isOnline: true, reassurance: 'Nothing was counted.', offersPasskeys: false };

describe('describeFailure', () => {
  test('says calmly that a fault of ours is on us, and what is still true', () => {
    const message = describeFailure({ ...failure, requestId: 'r1' }, about);
    expect(message).toMatchObject({ tone: 'calm', title: 'This one is on us' });
    expect(message.text).toContain('Nothing was counted.');
    expect(describeFailure({ ...failure, code: 'INTERNAL' }, about).tone).toBe('calm');
  });

  test('blames nobody when the device is offline', () => {
    const message = describeFailure(failure, { ...about, isOnline: false });
    expect(message).toMatchObject({ tone: 'calm', title: "You're offline", isOffline: true });
  });

  test("shows the server's own sentence for the user's faults, in red", () => {
    for (const code of ['EMAIL_NOT_VERIFIED', 'RATE_LIMITED', 'VALIDATION'] as const) {
      const message = describeFailure({ ...failure, code }, { ...about, isOnline: false });
      expect(message).toMatchObject({ tone: 'danger', text: failure.error });
    }
  });

  test('leaves the owner of a locked account a way in', () => {
    const locked = { ...failure, code: 'ACCOUNT_LOCKED', retryAfterSec: 60 } as const;
    const message = describeFailure(locked, about);
    expect(message).toMatchObject({ tone: 'danger', showsWaitInTitle: true });
    expect(message.text).toMatch(/device you have used.*reset your password/i);
    expect(message.text).not.toContain('passkey');
    expect(describeFailure(locked, { ...about, offersPasskeys: true }).text).toContain('a passkey');
  });

  test('says that trying again is no use with a passkey that belongs to nobody', () => {
    const refused = { ...failure, code: 'PASSKEY_VERIFICATION_FAILED' } as const;
    expect(describeFailure(refused, about)).toMatchObject({ tone: 'danger', text: failure.error });
    const { text } = describeFailure({ ...refused, unknownCredential: true }, about);
    expect(text).toMatch(/another one.*password/);
  });

  test('says to look at what was changed elsewhere, and does not call a note a vault', () => {
    const message = describeFailure({ ...failure, code: 'VAULT_CONFLICT' }, about);
    expect(message).toMatchObject({ tone: 'danger', title: 'Changed elsewhere' });
    expect(message.text).toMatch(/nothing was done.*as it is now/);
    expect(message.text).not.toContain('vault');
  });

  test('puts no code on the page', () => {
    for (const code of ['SERVICE_UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED'] as const) {
      const { title, text } = describeFailure({ ...failure, code }, about);
      expect(`${title} ${text}`).not.toMatch(/[A-Z]{3,}/);
    }
  });
});

test('a wait is given in the largest unit that is still precise enough, and never too short', () => {
  expect([1, 89, 90, 121, 1740, 5340, 5401].map(formatWait)).toEqual([
    '1 s',
    '89 s',
    '2 min',
    '3 min',
    '29 min',
    '89 min',
    '2 h',
  ]);
});
