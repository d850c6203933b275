import { parseCookies } from 'better-auth/cookies';
import type { Auth } from './auth.ts';
import type { ClientRequest } from './client-request.ts';
import type { OwnCookie } from './cookie-endpoints.ts';

/** The value of a cookie as the browser sent it, with its signature if it has one; undefined without it. */
export async function readCookie(
  auth: Auth,
  { cookie }: Pick<ClientRequest, 'cookie'>,
  name: 'session_token' | OwnCookie,
): Promise<string | undefined> {
  const { createAuthCookie } = await auth.$context;
  return parseCookies(cookie ?? '').get(createAuthCookie(name).name);
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
