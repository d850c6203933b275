import { readNumber, readProperty, readString } from '@mana/auth-core/errors/safe-read';
import type { SignedIn, User } from '../transport/procedures.ts';

/** A signed-in session as this tab holds it: in memory, never in storage. Contains a secret. */
export interface ActiveSession {
  readonly user: User;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  /** By this machine's clock, in milliseconds since 1970. */
  readonly goodUntilMs: number;
  /** Tells an older session from the current one; undefined where the token doesn't say. */
  readonly sessionId: string | undefined;
  /** When the user last proved who they are; undefined where the token doesn't say. */
  readonly authenticatedAtSec?: number | undefined;
}

/** A token with less than this left is renewed before it is handed out. */
const MARGIN_MS = 30_000;

/** `calledAtMs` is when the call began: the token was issued later, so it lives at least as long. */
export function toActiveSession(signedIn: SignedIn, calledAtMs: number): ActiveSession {
  const { sessionId, authenticatedAtSec, lifetimeMs } = readAccessTokenClaims(signedIn.accessToken);
  const { user, accessToken, accessTokenExpiresAt } = signedIn;
  const goodUntilMs =
    lifetimeMs === undefined ? accessTokenExpiresAt.getTime() : calledAtMs + lifetimeMs;
  return { user, accessToken, accessTokenExpiresAt, goodUntilMs, sessionId, authenticatedAtSec };
}

/** Whether the session's access token may still be handed out. */
export function isUsable(active: ActiveSession, nowMs: number): boolean {
  return nowMs < active.goodUntilMs - MARGIN_MS;
}

/** Whether a response has what signing in promises, as far as the SDK depends on it. */
export function isSignedIn(value: unknown): value is SignedIn {
  const expiresAt = readProperty(value, 'accessTokenExpiresAt');
  return (
    isUser(readProperty(value, 'user')) &&
    Boolean(readString(value, 'accessToken')) &&
    expiresAt instanceof Date &&
    !Number.isNaN(expiresAt.getTime())
  );
}

/** Whether a response has a user, as far as the SDK depends on it. */
export function isUser(value: unknown): value is User {
  return Boolean(readString(value, 'id')) && readString(value, 'email') !== undefined;
}

/**
 * What a client may know about an access token, unverified: its session, its proof, and its lifetime from
 * when it was issued, which holds on a machine whose clock is wrong. Undefined where it can't be read.
 */
function readAccessTokenClaims(accessToken: string) {
  const claims = parsePayload(accessToken);
  const issuedAtSec = readNumber(claims, 'iat');
  const expiresAtSec = readNumber(claims, 'exp');
  return {
    sessionId: readString(claims, 'sid'),
    authenticatedAtSec: readNumber(claims, 'auth_time'),
    lifetimeMs:
      issuedAtSec === undefined || expiresAtSec === undefined
        ? undefined
        : (expiresAtSec - issuedAtSec) * 1000,
  };
}

/** The middle part of a JWS in compact form (RFC 7515, section 3.1), in base64url. */
function parsePayload(token: string): unknown {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
