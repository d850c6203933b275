import type { User } from '../transport/procedures.ts';
import { createStore, type Store, type WritableStore } from './store.ts';

/** Who uses this tab. `ended` says that the server ended the session, not the user. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-in'; readonly user: User }
  | { readonly status: 'signed-out'; readonly ended?: true };

export type SessionListener = (state: SessionState) => void;

/** Keeps who is signed in. */
export type SessionStore = Store<SessionState>;

export function createSessionStore(): WritableStore<SessionState> {
  return createStore<SessionState>({ status: 'unknown' });
}
