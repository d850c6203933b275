import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { countSignups, decrementSignups, incrementSignups } from './signup-cap.repository.ts';

/** Whether accounts can be made today, and if not, when. All else is null if sign-ups aren't capped. */
interface SignupStatus {
  readonly open: boolean;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** The next midnight in UTC, while sign-ups are closed. */
  readonly opensAt: Date | null;
}

/** How many of today's sign-ups are left, for anybody who asks. */
export async function getSignupStatus({ config, db, now }: Deps): Promise<SignupStatus> {
  const limit = config.maxDailySignups;
  if (limit === null) return { open: true, limit, remaining: null, opensAt: null };
  const today = dayOf(now());
  const remaining = Math.max(0, limit - (await countSignups(db, today.day)));
  const open = remaining > 0;
  return { open, limit, remaining, opensAt: open ? null : today.endsAt };
}

/**
 * Reserves one of today's sign-ups, if they are capped, and answers how to release it within the same
 * transaction. Throws SIGNUP_LIMIT_REACHED with the time until midnight in UTC.
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
