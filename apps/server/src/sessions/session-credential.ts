import { parseCookies } from 'better-auth/cookies';
import { constantTimeEqual, makeSignature } from 'better-auth/crypto';
import type { Auth } from '../better-auth.ts';
import type { ClientRequest } from '../client-request.ts';

/** What a request brings to say who calls. A signed session token was issued by us, whatever became of it. */
export type SessionCredential =
  | { readonly kind: 'access-token'; readonly token: string }
  | { readonly kind: 'session-token'; readonly token: string }
  | { readonly kind: 'none' };

/**
 * Reads who calls from the Authorization header, else from the session cookie. A header, if there is
 * one, decides alone. A session token counts only with a right signature; an access token is not
 * verified here.
 */
export async function parseSessionCredential(
  request: ClientRequest,
  auth: Auth,
): Promise<SessionCredential> {
  const { authCookies, secret } = await auth.$context;
  if (request.authorization !== null) {
    const bearer = /^bearer +(\S+)$/i.exec(request.authorization)?.[1];
    if (!bearer) return { kind: 'none' };
    return isJwt(bearer)
      ? { kind: 'access-token', token: bearer }
      : verifySignedToken(decode(bearer), secret);
  }
  const signed = parseCookies(request.cookie ?? '').get(authCookies.sessionToken.name);
  return signed ? verifySignedToken(signed, secret) : { kind: 'none' };
}

/** A JWS in compact form has three parts (RFC 7515 section 3.1); a signed session token has two. */
function isJwt(bearer: string): boolean {
  return bearer.split('.').length === 3;
}

/** The form of a signed cookie: the token, a dot, and its HMAC-SHA-256 in base64. */
async function verifySignedToken(signed: string, secret: string): Promise<SessionCredential> {
  const dot = signed.lastIndexOf('.');
  const token = signed.slice(0, Math.max(dot, 0));
  const signature = signed.slice(dot + 1);
  if (!token || !constantTimeEqual(signature, await makeSignature(token, secret))) {
    return { kind: 'none' };
  }
  return { kind: 'session-token', token };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
