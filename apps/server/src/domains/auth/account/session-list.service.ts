import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { recordEvent } from '../../../security-events/record-event.ts';
import type { UserSession } from '../../../sessions/sessions.repository.ts';
import {
  deleteUserSession,
  deleteUserSessions,
  listUserSessions,
} from '../../../sessions/sessions.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';

/** More than anybody looks through; `revokeOtherSessions` ends the others too. */
const MAX_LISTED = 200;

/** Where the caller is signed in: their own session first, then the last used. */
export async function listSessions(
  call: SignedInContext,
): Promise<{ sessions: readonly UserSession[] }> {
  const { db, now } = call.deps;
  return { sessions: await listUserSessions(db, call.session, { now: now(), limit: MAX_LISTED }) };
}

/**
 * Ends one of the user's sessions, which may be the caller's own. Throws NOT_FOUND if it has ended or isn't
 * theirs. No mail: whoever can do this can sign in, and sees it among the security events.
 */
export async function revokeSession(call: SignedInContext, id: string): Promise<{ revoked: true }> {
  const { db, now } = call.deps;
  const { user } = call.session;
  await db.transaction().execute(async (trx) => {
    const isEnded = await deleteUserSession(trx, user.id, { id, now: now() });
    if (!isEnded) throw new AuthError('NOT_FOUND');
    await recordEvent(call, trx, 'SESSION_REVOKED', user.id, { sessions: 1 });
  });
  return { revoked: true };
}

/** Ends all of the user's sessions but the caller's own. Answers how many were live. */
export async function revokeOtherSessions(call: SignedInContext): Promise<{ revoked: number }> {
  const { db, now } = call.deps;
  const { user } = call.session;
  return db.transaction().execute(async (trx) => {
    const revoked = await deleteUserSessions(trx, user.id, { now: now(), except: call.session });
    if (revoked > 0)
      await recordEvent(call, trx, 'SESSION_REVOKED', user.id, { sessions: revoked });
    return { revoked };
  });
}
