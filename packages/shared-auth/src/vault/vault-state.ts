import { toFailure } from '../transport/auth-failure.ts';
import type { AuthFailure } from '../transport/result.ts';

/** What this tab can do with the user's vault. Contains no key. */
export type VaultState =
  /** Or not known yet. */
  | { readonly status: 'locked' }
  | {
      readonly status: 'unlocked';
      /** Of the master key, counted from 1. */
      readonly generation: number;
      /** The server can't open the vault. */
      readonly zeroKnowledge: boolean;
      /** Still unlocked after a reload, until somebody locks or signs out. */
      readonly keptOnDevice: boolean;
      /** It has keys from before a rotation: what they encrypted may not be re-encrypted yet. */
      readonly holdsFormerKeys: boolean;
    }
  /** In zero-knowledge mode: the server can't help. */
  | { readonly status: 'awaiting-recovery-code' }
  /** The user has no vault. */
  | { readonly status: 'absent' }
  /** It doesn't open, and trying again won't help. */
  | { readonly status: 'error'; readonly failure: AuthFailure };

/** The failure of every call that needs the keys of a locked vault. */
export function toLocked(): AuthFailure {
  return toFailure('FORBIDDEN', { message: 'The vault is locked. Unlock it first.' });
}
