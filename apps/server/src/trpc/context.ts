import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import type { SessionWithUser } from '../sessions/sessions.repository.ts';

/** What one HTTP request brings to all calls in it. */
export interface RequestContext {
  readonly deps: Deps;
  readonly request: ClientRequest;
  /** Headers of the answer. Calls reach them through `forwardHeaders` only. */
  readonly responseHeaders: Headers;
}

/** What one call works with. */
export interface CallContext extends RequestContext {
  /**
   * Passes Better Auth's cookies on, and its session token to clients that are no browser. Nothing of
   * it is sent when the call meets a fault of ours: no cookie is set or cleared by an outage.
   */
  forwardHeaders(headers: Headers): void;
  /** Says whom this call is about, so that the security trail names them also when it fails. */
  setAuditSubject(userId: string): void;
  /** The infrastructure faults that the database driver met during this call so far. */
  seenFaults(): readonly unknown[];
}

export interface SignedInContext extends CallContext {
  readonly session: SessionWithUser;
}
