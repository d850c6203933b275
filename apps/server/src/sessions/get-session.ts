import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { ClientRequest } from '../better-auth/client-request.ts';
import { readCookies } from '../better-auth/cookies.ts';
import type { Deps } from '../deps.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import type { SessionWithUser } from './sessions.repository.ts';
import { findLiveSession } from './sessions.repository.ts';

/** Which credentials may identify the caller: any, or only the session itself and no access token made from it. */
export type AcceptedCredentials = 'any' | 'session-only';

/**
 * The live session behind a request, by access token, session token or cookie: of several cookies the first
 * whose session is live, and one that was replaced only if no other is. An access token is looked up like the others, so that it dies with its session.
 *
 * Throws TOKEN_EXPIRED if a session or token that we issued has ended (expired, revoked, signed out, its
 * user deleted), UNAUTHORIZED if there is none or it is forged.
 */
export async function getSession(
  deps: Deps,
  request: ClientRequest,
  accepted: AcceptedCredentials,
): Promise<SessionWithUser> {
  let replaced: SessionWithUser | undefined;
  for (const key of await getSessionKeys(deps, request, accepted)) {
    const session = await findLiveSession(deps.db, key, deps.now());
    if (session && !session.isReplaced) return session;
    replaced ??= session;
  }
  if (!replaced) throw new AuthError('TOKEN_EXPIRED');
  return replaced;
}

/** The live session that a caller has, whatever else is wrong with it; undefined without one. No access token counts. */
export async function findSession(call: {
  readonly deps: Deps;
  readonly request: ClientRequest;
}): Promise<SessionWithUser | undefined> {
  try {
    return await getSession(call.deps, call.request, 'session-only');
  } catch (error) {
    if (error instanceof AuthError && ['TOKEN_EXPIRED', 'UNAUTHORIZED'].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}

/** What a session is looked up by. The token is secret. */
export type SessionKey = { readonly id: string } | { readonly token: string };

/**
 * What the session behind a request is to be looked up by. Nobody has looked yet, unless the browser sent
 * several: it may have ended. Throws as `getSessionKeys`, and TOKEN_EXPIRED if all of several have ended.
 */
export async function getSessionKey(
  deps: Deps,
  request: ClientRequest,
  accepted: AcceptedCredentials,
): Promise<SessionKey> {
  const [key, ...others] = await getSessionKeys(deps, request, accepted);
  return key && others.length === 0 ? key : getSession(deps, request, accepted);
}

/**
 * What each session that a request names is to be looked up by. Throws UNAUTHORIZED if there is none or all
 * are forged, TOKEN_EXPIRED for an access token past its time.
 */
export async function getSessionKeys(
  deps: Deps,
  request: ClientRequest,
  accepted: AcceptedCredentials,
): Promise<SessionKey[]> {
  const credential = await parseCredential(deps, request);
  if (credential.kind === 'session-tokens') {
    if (credential.tokens.length === 0) throw new AuthError('UNAUTHORIZED');
    return credential.tokens.map((token) => ({ token }));
  }
  if (accepted === 'session-only') throw new AuthError('UNAUTHORIZED');
  const verification = await deps.accessTokens.verify(credential.token);
  if (verification.status === 'expired') throw new AuthError('TOKEN_EXPIRED');
  if (verification.status === 'invalid') throw new AuthError('UNAUTHORIZED');
  return [{ id: verification.claims.sid }];
}

/** What a request identifies its caller by. Signed session tokens were issued by us, even if their sessions have ended. */
type Credential =
  | { readonly kind: 'access-token'; readonly token: string }
  | { readonly kind: 'session-tokens'; readonly tokens: readonly string[] };

/**
 * Reads the credential from the Authorization header, else from the session cookies. A header, if there is
 * one, decides alone. A session token counts only with a valid signature, under any accepted secret; an
 * access token is not verified here.
 */
async function parseCredential(
  { auth, secrets }: Pick<Deps, 'auth' | 'secrets'>,
  request: ClientRequest,
): Promise<Credential> {
  if (request.authorization !== null) {
    const bearer = /^bearer +(\S+)$/i.exec(request.authorization)?.[1];
    if (bearer && isJwt(bearer)) return { kind: 'access-token', token: bearer };
    return verifySessionTokens(secrets, bearer ? [decode(bearer)] : []);
  }
  return verifySessionTokens(secrets, await readCookies(auth, request, 'session_token'));
}

/** A JWS in compact form has three parts (RFC 7515 section 3.1); a signed session token has two. */
function isJwt(bearer: string): boolean {
  return bearer.split('.').length === 3;
}

async function verifySessionTokens(
  secrets: AppSecrets,
  signed: readonly string[],
): Promise<Credential> {
  const tokens = await Promise.all(signed.map((value) => secrets.verifyAuthCookie(value)));
  return { kind: 'session-tokens', tokens: tokens.filter((token) => token !== undefined) };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
