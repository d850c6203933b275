import { expect, test } from 'vitest';
import { describeEvent } from './event-text.ts';

test('an event is put in plain text, even one that this version does not know', () => {
  expect(describeEvent('PASSWORD_CHANGED', 1)).toBe('Password changed');
  expect(describeEvent('ACCOUNT_LOCKED', 12)).toBe('Password sign-in was paused, 12 times');
  for (const type of ['MOON_PHASE_CHANGED', 'toString', '']) {
    expect(describeEvent(type, 1)).toBe('Something happened in your account');
  }
});
