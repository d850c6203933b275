import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

/** Cookies of ours beside Better Auth's, by the name behind the prefix `mana.`. */
const OWN_COOKIES = ['device', 'two_factor'] as const;

/**
 * Endpoints of Better Auth for sessions that our own statements have made: they set cookies as its own
 * do, with its names, attributes and signature, and never touch the database. In process only.
 */
export function sessionEndpoints() {
  return {
    id: 'session-endpoints',
    endpoints: {
      /** Sets the session cookie, signed with the current secret; `set-auth-token` comes with it. */
      issueSessionCookie: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.object({ token: z.string() }) },
        async (ctx) => {
          // The cookie cache, the one thing that would read more of either, is off.
          const session = { token: ctx.body.token } as SessionCookieContent['session'];
          await setSessionCookie(ctx, { session, user: {} as SessionCookieContent['user'] }, false);
          return null;
        },
      ),
      /** Sets one of our own cookies; an age of zero clears it. The value has to be signed already. */
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
