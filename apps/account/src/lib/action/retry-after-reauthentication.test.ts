import type { AuthResult } from '@mana/shared-auth';
import { expect, test } from 'vitest';
import { retryAfterReauthentication } from './retry-after-reauthentication.ts';

function answer(...results: AuthResult<string>[]) {
  const left = [...results];
  return async () => {
    const result = left.shift();
    if (!result) throw new Error('called once too often');
    return result;
  };
}

function fail(code: 'REAUTHENTICATION_REQUIRED' | 'WEAK_PASSWORD'): AuthResult<string> {
  return { success: false, code, error: 'Said by the server.', retryable: false };
}
const done: AuthResult<string> = { success: true, data: 'done' };
const neverAsked = () => Promise.reject(new Error('asked'));

test('repeats the call once the person has reauthenticated', async () => {
  const call = answer(fail('REAUTHENTICATION_REQUIRED'), done);
  expect(await retryAfterReauthentication(call, async () => true)).toBe(done);
});

test('keeps the first answer if they cancel', async () => {
  const refused = fail('REAUTHENTICATION_REQUIRED');
  expect(await retryAfterReauthentication(answer(refused), async () => false)).toBe(refused);
});

test('does not ask if the call does not require it', async () => {
  const weak = fail('WEAK_PASSWORD');
  expect(await retryAfterReauthentication(answer(done), neverAsked)).toBe(done);
  expect(await retryAfterReauthentication(answer(weak), neverAsked)).toBe(weak);
});

test('asks once for each call, even if the answer stays the same', async () => {
  const again = fail('REAUTHENTICATION_REQUIRED');
  let asked = 0;
  const result = await retryAfterReauthentication(answer(again, again), async () => {
    asked += 1;
    return true;
  });
  expect({ result, asked }).toEqual({ result: again, asked: 1 });
});
