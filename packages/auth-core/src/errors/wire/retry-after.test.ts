import { expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);

it.each([
  ['0', 0],
  ['120', 120],
  [' 7 ', 7],
  ['Tue, 24 Nov 2026 12:01:30 GMT', 90],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['Tuesday, 24-Nov-26 12:00:05 GMT', 5],
])('reads %j as %d seconds', (header, seconds) => {
  expect(parseRetryAfter(header, nowMs)).toBe(seconds);
});

it.each([null, '', '-5', '1.5', '1e3', '99999999999', 'soon', 'Nov 2026', 'Tue, never GMT'])(
  'reads %j as nothing',
  (header) => {
    expect(parseRetryAfter(header, nowMs)).toBeUndefined();
  },
);

it('reads no date without the time', () => {
  expect(parseRetryAfter('Tue, 24 Nov 2026 12:01:30 GMT', undefined)).toBeUndefined();
  expect(parseRetryAfter('30', undefined)).toBe(30);
});
