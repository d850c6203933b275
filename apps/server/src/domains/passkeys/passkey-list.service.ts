import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { notifyOwner } from '../../mail/notify-owner.ts';
import { recordEvent } from '../../security-events/record-event.ts';
import { withReplacedSession } from '../../sessions/replace-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { hasPassword } from '../auth/sign-in/password-check.service.ts';
import { forgetPasskeyWrap } from '../vault/passkey-wraps/passkey-wraps.service.ts';
import { passkeyRemovedMail } from './passkeys.mails.ts';
import { deletePasskey, listPasskeys, updatePasskeyName } from './passkeys.repository.ts';
import { deriveUserHandle, type PublicPasskey, toPublicPasskey } from './public-passkey.ts';

/** The caller's passkeys, and what a browser needs to keep its own list in step (Signal API). */
export interface PasskeyList {
  /** Oldest first. */
  readonly passkeys: readonly PublicPasskey[];
  readonly rpId: string;
  /** Base64url. */
  readonly userHandle: string;
}

/** Lists the caller's passkeys. */
export async function readPasskeyList(call: SignedInContext): Promise<PasskeyList> {
  const { config, db } = call.deps;
  const { id } = call.session.user;
  const passkeys = await listPasskeys(db, id);
  return {
    passkeys: passkeys.map(toPublicPasskey),
    rpId: config.relyingParty.id,
    userHandle: Buffer.from(deriveUserHandle(id)).toString('base64url'),
  };
}

/** Gives a passkey another name. Throws NOT_FOUND if it isn't the caller's. */
export async function renamePasskey(
  call: SignedInContext,
  change: { id: string; name: string },
): Promise<{ passkey: PublicPasskey }> {
  const passkey = await updatePasskeyName(call.deps.db, call.session.user.id, change);
  if (!passkey) throw new AuthError('NOT_FOUND');
  return { passkey: toPublicPasskey(passkey) };
}

/**
 * Removes a passkey, and its wrap of the vault's key. The owner gets a mail.
 *
 * Throws NOT_FOUND if it isn't the caller's, and VALIDATION for the last passkey of an account without a
 * password, which nobody could sign in to any more; also when two are removed at once.
 */
export async function removePasskey(call: SignedInContext, id: string): Promise<{ removed: true }> {
  await withReplacedSession(call, async (trx, user) => {
    const passkeys = await listPasskeys(trx, user.id);
    const passkey = passkeys.find((candidate) => candidate.id === id);
    if (!passkey) throw new AuthError('NOT_FOUND');
    if (passkeys.length === 1 && !(await hasPassword(trx, user.id))) {
      throw new AuthError('VALIDATION', { message: LAST_WAY_IN });
    }
    await forgetPasskeyWrap(trx, call, passkey.id);
    await deletePasskey(trx, passkey.id);
    await recordEvent(call, trx, 'PASSKEY_REMOVED', user.id, { passkeyId: passkey.id });
    const { name } = toPublicPasskey(passkey);
    await notifyOwner(call, trx, user.email, (about) => passkeyRemovedMail({ ...about, name }));
  });
  return { removed: true };
}

const LAST_WAY_IN =
  'This is the only way into your account. Set a password with "Forgot password", or add another passkey first.';
