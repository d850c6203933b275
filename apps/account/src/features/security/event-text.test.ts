import { expect, test } from 'vitest';
import { describeEvent } from './event-text.ts';

test('an event is told in words, and one that this version does not know as well', () => {
  expect(describeEvent('PASSWORD_CHANGED')).toBe('Password changed');
  for (const type of ['MOON_PHASE_CHANGED', 'toString', '']) {
    expect(describeEvent(type)).toBe('Something about your account');
  }
});
