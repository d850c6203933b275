import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { sql, type Transaction } from 'kysely';
import type { Mailer } from '../../../mail/mailer.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { deleteUser } from '../users.repository.ts';

/**
 * Whether an account is no more than a sign-up that nobody has confirmed: never signed in to, without passkey
 * and vault. Others may be a migrated user's, and hold what no stranger must make them lose. The caller has
 * locked the user (`lockUser`). Leaves the transaction in that user's context.
 */
export async function isContestable(trx: Transaction<Database>, user: User): Promise<boolean> {
  if (user.email_verified) return false;
  await enterUserContext(trx, user.id);
  const { rows } = await sql<{ is_used: boolean }>`select
    exists (select from auth.sessions where user_id = ${user.id})
    or exists (select from auth.known_devices where user_id = ${user.id})
    or exists (select from auth.login_attempts where email = ${user.email} and successful)
    or exists (select from auth.passkeys where user_id = ${user.id})
    or exists (select from auth.two_factor_auth where user_id = ${user.id})
    or exists (select from auth.encryption_vaults where user_id = ${user.id})
    or exists (select from auth.encryption_vault_audit where user_id = ${user.id})
    or exists (select from auth.members where user_id = ${user.id})
    as is_used`.execute(trx);
  return rows[0]?.is_used === false;
}

/** Removes an account if it is contestable, which frees its address. Answers whether it did. */
export async function removeUnprovenAccount(
  trx: Transaction<Database>,
  user: User,
  mailer: Mailer,
): Promise<boolean> {
  if (!(await isContestable(trx, user))) return false;
  await deleteTokens(trx, user.id);
  await clearLockout(trx, user.email);
  await mailer.forget(trx, user.email);
  await deleteUser(trx, user.id);
  return true;
}
