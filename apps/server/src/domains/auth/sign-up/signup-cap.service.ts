import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { countSignups, decrementSignups, incrementSignups } from './signup-cap.repository.ts';

/** Whether accounts can be made today, and if not, when. Everything is null where nothing is capped. */
export interface SignupStatus {
  readonly open: boolean;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** The next midnight in UTC while it is closed. */
  readonly opensAt: Date | null;
}

export async function getSignupStatus({ config, db, now }: Deps): Promise<SignupStatus> {
  const limit = config.maxDailySignups;
  if (limit === null) return { open: true, limit, remaining: null, opensAt: null };
  const today = dayOf(now());
  const remaining = Math.max(0, limit - (await countSignups(db, today.day)));
  const open = remaining > 0;
  return { open, limit, remaining, opensAt: open ? null : today.endsAt };
}

/**
 * Takes a place among today's sign-ups, where they are capped, and answers how to give it back within
 * the same transaction. Throws SIGNUP_LIMIT_REACHED with the time until midnight in UTC.
 */
export async function reserveSignup(
  trx: Transaction<Database>,
  { config, now }: Deps,
): Promise<{ release(): Promise<void> }> {
  const limit = config.maxDailySignups;
  if (limit === null) return { release: async () => undefined };
  const at = now();
  const { day, endsAt } = dayOf(at);
  if (!(await incrementSignups(trx, { day, limit }))) {
    const retryAfterSec = Math.ceil((endsAt.getTime() - at.getTime()) / 1000);
    throw new AuthError('SIGNUP_LIMIT_REACHED', { retryAfterSec });
  }
  return { release: () => decrementSignups(trx, day) };
}

/** The day in UTC, as Postgres reads a date, and its end. */
function dayOf(at: Date): { day: string; endsAt: Date } {
  const endsAt = new Date(at);
  endsAt.setUTCHours(24, 0, 0, 0);
  return { day: at.toISOString().slice(0, 10), endsAt };
}
