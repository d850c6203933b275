import type { User } from './procedures.ts';

/** Who uses this tab. `ended` says that the server ended the session, not the user. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-in'; readonly user: User }
  | { readonly status: 'signed-out'; readonly ended?: true };

export type SessionListener = (state: SessionState) => void;

/** Keeps who is signed in, and tells whoever wants to know. */
export interface SessionStore {
  /** The same object until something changes. */
  get(): SessionState;
  /** Calls `listener` after each change, not with the state of now. Answers how to stop it. */
  subscribe(listener: SessionListener): () => void;
}

export interface WritableSessionStore extends SessionStore {
  show(next: SessionState): void;
}

export function createSessionStore(): WritableSessionStore {
  const subscriptions = new Set<{ readonly listener: SessionListener }>();
  let state: SessionState = { status: 'unknown' };
  return {
    get: () => state,
    subscribe(listener) {
      const subscription = { listener };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
    show(next) {
      if (isSameState(state, next)) return;
      state = next;
      for (const { listener } of [...subscriptions]) tell(listener, next);
    },
  };
}

/** A state is plain data, always built with its keys in the same order. */
function isSameState(one: SessionState, other: SessionState): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A listener that throws is reported as that of any event would be, and stops nobody else. */
function tell(listener: SessionListener, state: SessionState): void {
  try {
    listener(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
