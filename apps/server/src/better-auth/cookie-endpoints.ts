import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

/** Our own cookies beside Better Auth's, by their names after the prefix `mana.`. */
export const OWN_COOKIES = ['device', 'two_factor', 'sign_up'] as const;
/** The name of one of our own cookies. */
export type OwnCookie = (typeof OWN_COOKIES)[number];

/**
 * Better Auth endpoints that set cookies as its own endpoints do, with its names, attributes and signature,
 * for sessions that our own statements have made. They never touch the database, and no route serves them.
 */
export function cookieEndpoints() {
  return {
    id: 'cookie-endpoints',
    endpoints: {
      /** Sets the session cookie, signed with the current secret, and `set-auth-token` with it. */
      issueSessionCookie: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.object({ token: z.string() }) },
        async (ctx) => {
          // Only the cookie cache would read more of either, and it is off.
          const session = { token: ctx.body.token } as SessionCookieContent['session'];
          await setSessionCookie(ctx, { session, user: {} as SessionCookieContent['user'] }, false);
          return null;
        },
      ),
      /** Sets one of our own cookies; an age of zero clears it. The value is written as it is. */
      setOwnCookie: createAuthEndpoint.serverOnly(
        {
          method: 'POST',
          body: z.object({
            name: z.enum(OWN_COOKIES),
            value: z.string(),
            maxAgeSeconds: z.int().nonnegative(),
          }),
        },
        async (ctx) => {
          const { name, value, maxAgeSeconds } = ctx.body;
          const cookie = ctx.context.createAuthCookie(name, { maxAge: maxAgeSeconds });
          ctx.setCookie(cookie.name, value, cookie.attributes);
          return null;
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

type SessionCookieContent = Parameters<typeof setSessionCookie>[1];
