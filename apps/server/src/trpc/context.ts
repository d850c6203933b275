import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import type { SessionWithUser } from '../sessions/sessions.repository.ts';

/** What one HTTP request brings to all calls in it. */
export interface RequestContext {
  readonly deps: Deps;
  readonly request: ClientRequest;
  /** Headers of the response. Calls reach them only through `forwardHeaders`. */
  readonly responseHeaders: Headers;
}

/** What one call works with. */
export interface CallContext extends RequestContext {
  /**
   * Forwards Better Auth's cookies, and its session token to clients that are not browsers. None of it is
   * sent if the call meets an infrastructure fault: no cookie is set or cleared by an outage.
   */
  forwardHeaders(headers: Headers): void;
  /** Names the user that this call is about, so that the audit log names them even if it fails. */
  setAuditSubject(userId: string): void;
  /** The infrastructure faults that the database driver has met during this call. */
  seenFaults(): readonly unknown[];
}

/** What a call of somebody who is signed in works with. */
export interface SignedInContext extends CallContext {
  readonly session: SessionWithUser;
}
