import type { AuthFailure } from '../transport/result.ts';

/** What of the user's vault this tab can do. Holds no key. */
export type VaultState =
  /** Or not known yet. */
  | { readonly status: 'locked' }
  | {
      readonly status: 'unlocked';
      /** Of the master key, counted from 1. */
      readonly generation: number;
      /** The server can't open it. */
      readonly zeroKnowledge: boolean;
      /** Unlocked after a reload too, until somebody locks or signs out. */
      readonly keptOnDevice: boolean;
      /** Of before a rotation: what they encrypted may not all be encrypted anew yet. */
      readonly holdsFormerKeys: boolean;
    }
  /** In zero-knowledge mode: the server can't help. */
  | { readonly status: 'awaiting-recovery-code' }
  /** The user has none. */
  | { readonly status: 'absent' }
  /** It doesn't open, and asking again won't mend it. */
  | { readonly status: 'error'; readonly failure: AuthFailure };
