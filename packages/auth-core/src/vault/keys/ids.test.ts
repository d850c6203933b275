import { expect, it } from 'vitest';
import { parseKekId, parseUserId } from './ids.ts';

it.each(['', '\ud800'])('refuses the user id %j', (text) => {
  expect(() => parseUserId(text)).toThrow(TypeError);
});

it.each(['', ' ', 'env v1', 'env-v1\n', 'é', 'a'.repeat(129)])('refuses the kek id %j', (text) => {
  expect(() => parseKekId(text)).toThrow(TypeError);
});

it.each([
  'env-v1',
  'transit/vault:3',
  'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
])('accepts the kek id %s', (text) => {
  expect(parseKekId(text)).toBe(text);
});
