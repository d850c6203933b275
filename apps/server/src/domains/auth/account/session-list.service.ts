import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { UserSession } from '../../../sessions/user-sessions.repository.ts';
import {
  deleteUserSession,
  deleteUserSessions,
  listUserSessions,
} from '../../../sessions/user-sessions.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';

/** More than anybody looks through; `revokeOtherSessions` ends the rest too. */
const MAX_LISTED = 200;

export interface ListedSession extends UserSession {
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/** Where the caller is signed in: this session first, then the last used. */
export async function listSessions(
  call: SignedInContext,
): Promise<{ sessions: readonly ListedSession[] }> {
  const { db, now } = call.deps;
  const { id: currentId, user } = call.session;
  const options = { now: now(), first: currentId, limit: MAX_LISTED };
  const sessions = await listUserSessions(db, user.id, options);
  return {
    sessions: sessions.map((session) => ({ ...session, current: session.id === currentId })),
  };
}

/**
 * Ends one of the caller's sessions, also the one that asks. Throws NOT_FOUND for one that has ended, or
 * isn't theirs. No mail: whoever can do this can sign in, and has the trail to look at.
 */
export async function revokeSession(call: SignedInContext, id: string): Promise<{ revoked: true }> {
  const { db, now } = call.deps;
  const { user } = call.session;
  if (!(await deleteUserSession(db, user.id, { id, now: now() }))) throw new AuthError('NOT_FOUND');
  recordEvent(call, 'SESSION_REVOKED', user.id, { sessions: 1 });
  return { revoked: true };
}

/** Ends all sessions of the caller but the one that asks, and answers how many were live. */
export async function revokeOtherSessions(call: SignedInContext): Promise<{ revoked: number }> {
  const { db, now } = call.deps;
  const { id, user } = call.session;
  const revoked = await deleteUserSessions(db, user.id, { now: now(), except: id });
  if (revoked > 0) recordEvent(call, 'SESSION_REVOKED', user.id, { sessions: revoked });
  return { revoked };
}
