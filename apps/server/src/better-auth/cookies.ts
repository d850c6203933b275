import { parseCookies } from 'better-auth/cookies';
import type { Auth } from './auth.ts';
import type { ClientRequest } from './client-request.ts';
import type { OwnCookie } from './cookie-endpoints.ts';

/** A browser that has been everywhere sends fewer; whoever sends more keeps the server busy. */
const MAX_COPIES = 10;

/**
 * Every value of a cookie that the browser sent, in its order, with their signatures if they have one. There
 * is more than one where another path, a parent domain or an earlier configuration has set the same name.
 */
export async function readCookies(
  auth: Auth,
  { cookie }: Pick<ClientRequest, 'cookie'>,
  name: 'session_token' | OwnCookie,
): Promise<string[]> {
  const { createAuthCookie } = await auth.$context;
  return parseCopies(cookie, createAuthCookie(name).name);
}

/** The different values of one name in a Cookie header, each read as Better Auth reads it. */
export function parseCopies(header: string | null, name: string): string[] {
  const values = (header ?? '').split(';').map((pair) => parseCookies(pair).get(name));
  return [...new Set(values.filter((value) => value !== undefined))].slice(0, MAX_COPIES);
}

/** Headers that set one of our own cookies to `value`, as it is; an age of zero clears it. */
export async function setOwnCookie(
  auth: Auth,
  cookie: { name: OwnCookie; value: string; maxAgeSeconds: number },
): Promise<Headers> {
  const { headers } = await auth.api.setOwnCookie({ body: cookie, returnHeaders: true });
  return headers;
}

/** Headers that bring a session's token, signed with the current secret: the cookie and `set-auth-token`. */
export async function issueSessionCookie(auth: Auth, token: string): Promise<Headers> {
  const { headers } = await auth.api.issueSessionCookie({ body: { token }, returnHeaders: true });
  return headers;
}

/** Headers that clear the session cookie. Touches no session. */
export async function expireSessionCookie(auth: Auth): Promise<Headers> {
  const { headers } = await auth.api.signOut({ headers: new Headers(), returnHeaders: true });
  return headers;
}
