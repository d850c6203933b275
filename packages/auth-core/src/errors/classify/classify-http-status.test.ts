import { expect, it } from 'vitest';
import { codeForHttpStatus } from './classify-http-status.ts';

it.each([
  [0, 'SERVICE_UNAVAILABLE'],
  [404, 'NOT_FOUND'],
  [410, 'NOT_FOUND'],
  [408, 'SERVICE_UNAVAILABLE'],
  [425, 'SERVICE_UNAVAILABLE'],
  [500, 'INTERNAL'],
  [501, 'INTERNAL'],
  [502, 'SERVICE_UNAVAILABLE'],
  [599, 'SERVICE_UNAVAILABLE'],
  [600, 'INTERNAL'],
])('status %i is %s', (status, code) => {
  expect(codeForHttpStatus(status)).toBe(code);
});
