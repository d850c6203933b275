import type { User } from '../transport/procedures.ts';
import type { AuthFailure } from '../transport/result.ts';
import type { ActiveSession } from './active-session.ts';
import { createStore, type Store } from './store.ts';

/** Who uses this tab. `ended` says that the server ended the session, not the user. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-in'; readonly user: User }
  | { readonly status: 'signed-out'; readonly ended?: true };

/** Called with the new state after each change. */
export type SessionListener = (state: SessionState) => void;

/** Who is signed in, for a page to show and to subscribe to. */
export type SessionStore = Store<SessionState>;

/** The session of this tab: what everybody may see of it, and the secrets behind it. */
export interface CurrentSession {
  readonly store: SessionStore;
  active(): ActiveSession | undefined;
  /** Secret. What a client without a cookie jar sends instead of the cookie. */
  sessionToken(): string | undefined;
  /** Aborted as soon as somebody signs in or out: calls that began before then no longer count. */
  scope(): AbortSignal;
  /** Whether a newer token is for this tab's session, or for one that the tab has yet to learn of. */
  covers(newer: ActiveSession): boolean;
  /** Somebody signed in. */
  begin(active: ActiveSession, sessionToken?: string): void;
  /** The same session with a newer token, or the first session that a page learns of. */
  renew(active: ActiveSession, sessionToken?: string): void;
  /** Secret. The token under which the session goes on, for a client without a cookie jar. */
  replaceToken(sessionToken: string): void;
  /** The access token is no longer handed out. */
  expireAccessToken(): void;
  /** The user, as the server describes them now. */
  setUser(user: User): void;
  /** Somebody signed out. */
  end(): void;
  /** The server says that there is no session; if there was one, it has ended. */
  endByServer(failure: Pick<AuthFailure, 'code'>): void;
}

/** A session of which nothing is known yet. */
export function createCurrentSession(): CurrentSession {
  const { set, ...store } = createStore<SessionState>({ status: 'unknown' });
  let active: ActiveSession | undefined;
  let sessionToken: string | undefined;
  let scope = new AbortController();

  function enter(next: SessionState, newActive?: ActiveSession, newSessionToken?: string): void {
    active = newActive;
    sessionToken = newSessionToken;
    scope.abort();
    scope = new AbortController();
    set(next);
  }

  return {
    store,
    active: () => active,
    sessionToken: () => sessionToken,
    scope: () => scope.signal,
    covers(newer) {
      if (active) return active.user.id === newer.user.id && isSameOrLater(active, newer);
      const state = store.get();
      return state.status === 'signed-in'
        ? state.user.id === newer.user.id
        : state.status === 'unknown';
    },
    begin(newActive, newSessionToken) {
      enter({ status: 'signed-in', user: newActive.user }, newActive, newSessionToken);
    },
    renew(newer, newSessionToken) {
      active = newer;
      sessionToken = newSessionToken ?? sessionToken;
      set({ status: 'signed-in', user: newer.user });
    },
    replaceToken: (newSessionToken) => {
      sessionToken = newSessionToken;
    },
    expireAccessToken: () => {
      active = active && { ...active, goodUntilMs: 0 };
    },
    setUser: (user) => set({ status: 'signed-in', user }),
    end: () => enter({ status: 'signed-out' }),
    endByServer({ code }) {
      const hasEnded = code === 'TOKEN_EXPIRED' || store.get().status === 'signed-in';
      enter(hasEnded ? { status: 'signed-out', ended: true } : { status: 'signed-out' });
    },
  };
}

/**
 * The session's id changes with each proof, but the time of the last proof never goes back: what was proven
 * earlier is an older session.
 */
function isSameOrLater(active: ActiveSession, newer: ActiveSession): boolean {
  if (active.sessionId === newer.sessionId) return true;
  const [provenAt, newerProvenAt] = [active.authenticatedAtSec, newer.authenticatedAtSec];
  return provenAt !== undefined && newerProvenAt !== undefined && newerProvenAt >= provenAt;
}
