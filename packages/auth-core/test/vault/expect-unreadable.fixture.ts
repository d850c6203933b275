import { expect } from 'vitest';
import { AuthError } from '../../src/errors/codes/auth-error.ts';

/** Expects that it doesn't open, and that the error says nothing more. */
export async function expectUnreadable(opening: () => Promise<unknown>): Promise<void> {
  const error = await opening().then(
    () => expect.fail('It opened'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthError);
  expect({ ...(error as AuthError) }).toEqual({ ...new AuthError('VAULT_UNREADABLE') });
  expect(error).toHaveProperty('message', new AuthError('VAULT_UNREADABLE').message);
  expect(error).not.toHaveProperty('cause');
}
