import type { User } from '@mana/db/schema/users';
import type { Deps } from '../../../deps.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import { claimAddressMail } from '../account/password.mails.ts';
import { deleteCredentials } from '../credentials.repository.ts';
import { createPasswordLink } from '../tokens/mail-links.ts';
import { withMailQuota } from '../tokens/mail-quota.ts';
import { deleteTokens, issueToken } from '../tokens/single-use-tokens.service.ts';
import { updateUser } from '../users.repository.ts';

const TTL_SECONDS = 24 * 60 * 60;

/**
 * For an address that nobody has proven, and that more than one person may have signed up with (security
 * check S14). The password and the name that stand there are dropped, and so is the link that would prove
 * the mailbox for them; the mailbox gets a link through which its owner chooses a password.
 *
 * Links that set a password stay good: they went to the mailbox, and a stranger must not end them.
 */
export async function resetUnverifiedAccount(
  deps: Deps,
  user: Pick<User, 'id' | 'email'>,
): Promise<void> {
  const { config, db, mailer, now } = deps;
  const token = await db.transaction().execute(async (trx) => {
    const current = await lockUser(trx, user.id);
    if (!current || current.email_verified) return null;
    const { id: userId, email } = current;
    await deleteTokens(trx, userId, ['email-verification', 'email-change', 'two-factor']);
    await deleteCredentials(trx, userId, 'password');
    await updateUser(trx, userId, { name: nameFrom(email), image: null, updated_at: now() });
    const subject = { purpose: 'password-reset', userId, email } as const;
    return withMailQuota(deps, { kind: 'sign-up', email }, () =>
      issueToken(trx, subject, { from: now(), ttlSeconds: TTL_SECONDS }),
    );
  });
  if (token === null) return;
  const link = createPasswordLink(config, { token });
  mailer.send(claimAddressMail({ to: user.email, link }));
}

/** What stands before the @. Who proves the mailbox can change it. */
function nameFrom(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}
