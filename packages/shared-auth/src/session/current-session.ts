import type { User } from '../transport/procedures.ts';
import type { AuthFailure } from '../transport/result.ts';
import type { ActiveSession } from './active-session.ts';
import { createSessionStore, type SessionState, type SessionStore } from './session-store.ts';

/** The session of this tab: what everybody may see of it, and the secrets behind it. */
export interface CurrentSession {
  readonly store: SessionStore;
  active(): ActiveSession | undefined;
  /** Secret. What a client without a cookie jar shows in its place. */
  sessionToken(): string | undefined;
  /** Aborted as soon as somebody signs in or out: what was asked before then no longer counts. */
  scope(): AbortSignal;
  /** Whether a newer token is for the session of this tab, or for one that it has yet to hear of. */
  covers(newer: ActiveSession): boolean;
  /** Somebody signed in. */
  begin(active: ActiveSession, sessionToken?: string): void;
  /** The same session with a newer token, or the first that a page hears of it. */
  renew(active: ActiveSession, sessionToken?: string): void;
  /** The user as the server shows them now. */
  setUser(user: User): void;
  /** Somebody signed out. */
  end(): void;
  /** The server says that there is no session; where there was one, it has ended. */
  endByServer(failure: Pick<AuthFailure, 'code'>): void;
}

export function createCurrentSession(): CurrentSession {
  const { set, ...store } = createSessionStore();
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
      if (active) return active.sessionId === newer.sessionId && active.user.id === newer.user.id;
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
    setUser: (user) => set({ status: 'signed-in', user }),
    end: () => enter({ status: 'signed-out' }),
    endByServer({ code }) {
      const hasEnded = code === 'TOKEN_EXPIRED' || store.get().status === 'signed-in';
      enter(hasEnded ? { status: 'signed-out', ended: true } : { status: 'signed-out' });
    },
  };
}
