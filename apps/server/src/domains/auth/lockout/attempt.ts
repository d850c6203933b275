import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { SeenLockout } from './lockouts.repository.ts';

export interface Attempt {
  /** In its normal form (trimmed, lower case); it need not belong to an account. */
  readonly email: string;
  readonly userId: string | null;
  readonly method: 'password' | 'totp' | 'backup-code';
  /** What was read of the account already; else it is read. */
  readonly seen?: SeenAccount;
}

export interface SeenAccount {
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  readonly lockout: SeenLockout;
}

/** The place that a guess holds until its outcome is known, or until it lapses. */
export interface AttemptReservation {
  /** Whether nothing has come between what was seen of the account and this place: no guess, no reset. */
  readonly isSeenCurrent: boolean;
  /** Writes the outcome. Throws SERVICE_UNAVAILABLE, having written nothing, when the place has lapsed. */
  settle(
    db: Kysely<Database>,
    outcome: 'failed' | 'succeeded',
    writes?: SuccessWrites,
  ): Promise<{ hasLocked: boolean }>;
  /** Leaves it as if the guess had not been made. Never throws: what can't be written lapses. */
  release(): Promise<void>;
}
