import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import { deleteUserSessions } from '../../../sessions/user-sessions.repository.ts';
import { forgetVault } from '../../vault/vaults.service.ts';
import { deleteCredentials, setPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { forgetDevices } from '../sign-in/known-devices.repository.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { markEmailVerified } from '../users.repository.ts';

/**
 * Leaves a new password as the way in to an account whose mailbox was just proven: every session, token,
 * known device and lock ends. The caller holds the user (`lockUser`).
 *
 * If the mailbox was never proven before, everything goes that somebody may have set who signed up with
 * another's address: other ways in, the second factor, passkeys and the vault (security check S14).
 */
export async function resetCredentials(
  trx: Transaction<Database>,
  user: User,
  { hash, now }: { hash: string; now: Date },
): Promise<{ endedSessions: number }> {
  await deleteTokens(trx, user.id);
  await clearLockout(trx, user.email);
  const endedSessions = await deleteUserSessions(trx, user.id, { now });
  await forgetDevices(trx, user.id);
  if (!user.email_verified) await forgetImpostor(trx, user.id);
  await setPassword(trx, user.id, { hash, now });
  await markEmailVerified(trx, user.id, now);
  return { endedSessions };
}

async function forgetImpostor(trx: Transaction<Database>, userId: string): Promise<void> {
  await deleteCredentials(trx, userId, 'all');
  await forgetVault(trx, userId);
  for (const table of ['auth.two_factor_auth', 'auth.passkeys'] as const) {
    await trx.deleteFrom(table).where('user_id', '=', userId).execute();
  }
  await trx
    .updateTable('auth.users')
    .set({ two_factor_enabled: false })
    .where('id', '=', userId)
    .execute();
}
