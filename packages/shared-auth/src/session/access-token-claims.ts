import { readNumber, readString } from '@mana/auth-core/errors/safe-read';

export interface AccessTokenClaims {
  readonly sessionId: string | undefined;
  readonly lifetimeMs: number | undefined;
}

/**
 * What a client may know of an access token, unverified: its session and how long it lives from its
 * making on, which is right on a machine whose clock is wrong. Undefined where it can't be read.
 */
export function readAccessTokenClaims(accessToken: string): AccessTokenClaims {
  const claims = parsePayload(accessToken);
  const issuedAtSec = readNumber(claims, 'iat');
  const expiresAtSec = readNumber(claims, 'exp');
  return {
    sessionId: readString(claims, 'sid'),
    lifetimeMs:
      issuedAtSec === undefined || expiresAtSec === undefined
        ? undefined
        : (expiresAtSec - issuedAtSec) * 1000,
  };
}

/** The middle part of a JWS in compact form (RFC 7515 section 3.1), in base64url. */
function parsePayload(token: string): unknown {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
