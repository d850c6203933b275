import { readProperty, readString } from '@mana/auth-core/errors/safe-read';
import type { SignedIn, User } from '../transport/procedures.ts';
import { readAccessTokenClaims } from './access-token-claims.ts';

/** A signed-in session as this tab holds it: in memory, never in storage. Holds a secret. */
export interface ActiveSession {
  readonly user: User;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  /** By this machine's clock, in milliseconds since 1970. */
  readonly goodUntilMs: number;
  /** Tells an older session from the one of now; undefined where the token doesn't say. */
  readonly sessionId: string | undefined;
}

/** A token with less than this left is renewed before it is handed out. */
const MARGIN_MS = 30_000;

/** `askedAtMs` is when the call began: the token was made later, so it lives at least as long. */
export function toActiveSession(signedIn: SignedIn, calledAtMs: number): ActiveSession {
  const { sessionId, lifetimeMs } = readAccessTokenClaims(signedIn.accessToken);
  const { user, accessToken, accessTokenExpiresAt } = signedIn;
  const goodUntilMs =
    lifetimeMs === undefined ? accessTokenExpiresAt.getTime() : calledAtMs + lifetimeMs;
  return { user, accessToken, accessTokenExpiresAt, goodUntilMs, sessionId };
}

export function isUsable(active: ActiveSession, nowMs: number): boolean {
  return nowMs < active.goodUntilMs - MARGIN_MS;
}

/** Whether an answer is what signing in promises, as far as the SDK builds on it. */
export function isSignedIn(value: unknown): value is SignedIn {
  const expiresAt = readProperty(value, 'accessTokenExpiresAt');
  return (
    isUser(readProperty(value, 'user')) &&
    Boolean(readString(value, 'accessToken')) &&
    expiresAt instanceof Date &&
    !Number.isNaN(expiresAt.getTime())
  );
}

export function isUser(value: unknown): value is User {
  return Boolean(readString(value, 'id')) && readString(value, 'email') !== undefined;
}
