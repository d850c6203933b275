import type { User } from '@mana/db/schema/users';
import type { Deps } from '../../../deps.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import { isContestable } from '../account/unproven-account.ts';
import { deleteCredentials } from '../credentials.repository.ts';
import { createPasswordLink } from '../tokens/mail-links.ts';
import { deleteTokens, generateToken, storeToken } from '../tokens/single-use-tokens.service.ts';
import { updateUser } from '../users.repository.ts';
import { claimAddressMail } from './sign-up.mails.ts';

const TTL_SECONDS = 24 * 60 * 60;

/**
 * For an address that nobody has proven, and that more than one person may have signed up with (security
 * check S14). Drops the account's password and name, and the link that would prove the mailbox for them; the
 * mailbox gets a link through which its owner chooses a password. Answers false, and changes nothing, for an
 * account that isn't contestable.
 *
 * Links that set a password stay good: they went to the mailbox, and a stranger must not end them.
 */
export async function resetUnverifiedAccount(
  deps: Deps,
  user: Pick<User, 'id' | 'email'>,
): Promise<boolean> {
  const { config, db, mailer, now } = deps;
  return db.transaction().execute(async (trx) => {
    const current = await lockUser(trx, user.id);
    if (!current || !(await isContestable(trx, current))) return false;
    const { id: userId, email } = current;
    await deleteTokens(trx, userId, ['email-verification', 'email-change', 'two-factor']);
    await deleteCredentials(trx, userId, 'password');
    await updateUser(trx, userId, { name: nameFrom(email), image: null, updated_at: now() });
    const token = generateToken();
    const mail = claimAddressMail({ to: email, link: createPasswordLink(config, { token }) });
    if (await mailer.queue(trx, { kind: 'claim', to: email, mail, ttlSeconds: TTL_SECONDS })) {
      const subject = { purpose: 'password-reset', userId, email } as const;
      await storeToken(trx, token, subject, { from: now(), ttlSeconds: TTL_SECONDS });
    }
    return true;
  });
}

/** The part before the @. Whoever proves the mailbox can change it. */
function nameFrom(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}
