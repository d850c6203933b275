import { expect, test } from 'vitest';
import { formatAgo } from './time-text.ts';

const now = new Date('2026-11-24T12:00:00Z');

test.each([
  ['2026-11-24T11:59:31Z', 'just now'],
  ['2026-11-24T11:58:00Z', '2 minutes ago'],
  ['2026-11-24T11:00:00Z', '1 hour ago'],
  ['2026-11-23T11:00:00Z', 'yesterday'],
  ['2026-11-21T12:00:00Z', '3 days ago'],
  ['2026-11-03T12:00:00Z', '3 weeks ago'],
  ['2026-08-20T12:00:00Z', '3 months ago'],
  ['2024-11-01T12:00:00Z', '2 years ago'],
  // The clock of this device is slow.
  ['2026-11-24T12:05:00Z', 'just now'],
])('%s reads "%s"', (at, words) => {
  expect(formatAgo(new Date(at), now)).toBe(words);
});
