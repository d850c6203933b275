import { expect, test } from 'vitest';
import { describeEvent } from './event-text.ts';

test('an event is put in plain text, even one that this version does not know', () => {
  expect(describeEvent('PASSWORD_CHANGED')).toBe('Password changed');
  for (const type of ['MOON_PHASE_CHANGED', 'toString', '']) {
    expect(describeEvent(type)).toBe('Something happened in your account');
  }
});
