import { toFailure } from '../transport/auth-failure.ts';
import type { AuthFailure } from '../transport/result.ts';

/** What wants the keys of a locked vault. */
export function toLocked(): AuthFailure {
  return toFailure('FORBIDDEN', { message: 'The vault is locked. Unlock it first.' });
}
