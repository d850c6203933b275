import { parseCookies } from 'better-auth/cookies';
import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';

/** What a request brings to say who calls. A signed session token was issued by us, whatever became of it. */
export type SessionCredential =
  | { readonly kind: 'access-token'; readonly token: string }
  | { readonly kind: 'session-token'; readonly token: string }
  | { readonly kind: 'none' };

/**
 * Reads who calls from the Authorization header, else from the session cookie. A header, if there is
 * one, decides alone. A session token counts only with a right signature, under any accepted secret; an
 * access token is not verified here.
 */
export async function parseSessionCredential(
  { auth, secrets }: Pick<Deps, 'auth' | 'secrets'>,
  request: ClientRequest,
): Promise<SessionCredential> {
  if (request.authorization !== null) {
    const bearer = /^bearer +(\S+)$/i.exec(request.authorization)?.[1];
    if (!bearer) return { kind: 'none' };
    return isJwt(bearer)
      ? { kind: 'access-token', token: bearer }
      : verifySessionToken(secrets, decode(bearer));
  }
  const { authCookies } = await auth.$context;
  const signed = parseCookies(request.cookie ?? '').get(authCookies.sessionToken.name);
  return signed ? verifySessionToken(secrets, signed) : { kind: 'none' };
}

/** A JWS in compact form has three parts (RFC 7515 section 3.1); a signed session token has two. */
function isJwt(bearer: string): boolean {
  return bearer.split('.').length === 3;
}

async function verifySessionToken(secrets: AppSecrets, signed: string): Promise<SessionCredential> {
  const token = await secrets.verifyAuthCookie(signed);
  return token === undefined ? { kind: 'none' } : { kind: 'session-token', token };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
