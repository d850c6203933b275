import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { addCode, PASSWORD_FACTORS } from '../../../sessions/factors.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { TwoFactorRequiredError } from '../../../trpc/error-data.ts';
import { findSecondFactor } from '../two-factor/second-factor.repository.ts';
import {
  checkCode,
  notifyOfBackupCode,
  storeUsedCode,
} from '../two-factor/second-factor.service.ts';
import { listMethods } from '../two-factor/second-factor-challenge.ts';
import { checkCurrentPassword } from './password-check.service.ts';
import { answerProof, proveSession, type SignedIn } from './session.service.ts';

/**
 * Makes the caller's session fresh again, for ten minutes, under a new token. An account with a second
 * factor wants a code of it as well, of the app or a backup code.
 *
 * Throws INVALID_CREDENTIALS and TWO_FACTOR_FAILED, each counted like a failed sign-in, TWO_FACTOR_REQUIRED
 * for the right password without a code, and what `withLockout` throws.
 */
export async function reauthenticate(
  call: SignedInContext,
  { password, code }: { password: string; code?: string | undefined },
): Promise<SignedIn> {
  const { deps, session } = call;
  await checkCurrentPassword(call, password, (attempt, rehash) => {
    const prove = (db: Kysely<Database>, amr: readonly string[]) =>
      attempt.succeed(db, { replacement: proveSession(call, amr), ...(rehash && { rehash }) });
    if (!session.requiresSecondFactor) return prove(deps.db, PASSWORD_FACTORS);
    return deps.db.transaction().execute(async (trx) => {
      await useCode(call, trx, code);
      await prove(trx, addCode(PASSWORD_FACTORS));
    });
  });
  return answerProof(call);
}

/** Uses a code up. The owner is told of a backup code. */
async function useCode(
  call: SignedInContext,
  trx: Transaction<Database>,
  code: string | undefined,
): Promise<void> {
  const { deps, session } = call;
  const user = (await lockUser(trx, session.user.id)) ?? session.user;
  const factor = await findSecondFactor(trx, user.id);
  if (!factor || code === undefined) {
    throw new TwoFactorRequiredError({ methods: listMethods(deps, user, factor) });
  }
  const { change, codesLeft } = await checkCode(deps, factor, code);
  await storeUsedCode(trx, { user, factor, change, now: deps.now() });
  if (codesLeft !== null) await notifyOfBackupCode(call, trx, { user, codesLeft });
}
