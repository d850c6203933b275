import { errorTable, trpcCodeFor } from '@mana/auth-core/errors/codes';
import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { CallKind } from '../call-limits.ts';
import { type AcceptedCredentials, getSession } from '../sessions/get-session.ts';
import type { CallContext, RequestContext, SignedInContext } from './context.ts';
import { answerCallError, requestIdOf, toAnswer, toAuthError } from './error-answer.ts';
import { transformer } from './transformer.ts';

const t = initTRPC
  .context<RequestContext>()
  .meta<{ limit: CallKind }>()
  .create({
    transformer,
    isDev: false,
    errorFormatter({ error, ctx, path }) {
      const authError = toAuthError(error);
      const auth = toAnswer(authError, ctx?.request.id ?? requestIdOf(error));
      const code = trpcCodeFor(authError.code);
      const { httpStatus } = errorTable[authError.code];
      const field = authError.path;
      return {
        code: TRPC_ERROR_CODES_BY_KEY[code],
        message: auth.message,
        data: { code, httpStatus, path, auth, ...(field && { field }) },
      };
    },
  });

export const createRouter = t.router;
export const createCallerFactory = t.createCallerFactory;

/**
 * Around every call: its own fault scope, its limit, and the one answer to whatever goes wrong. A
 * success that came about over a fault which a library swallowed is answered as the fault.
 */
const answered = t.middleware(({ ctx, next, path, meta }) => {
  const { faultTrace, callLimits } = ctx.deps;
  return faultTrace.run(async () => {
    const passedOn: Headers[] = [];
    const call: CallContext = {
      ...ctx,
      passOn: (headers) => passedOn.push(headers),
      seenFaults: () => faultTrace.faults().map((fault) => fault.error),
    };
    try {
      await callLimits.count(meta?.limit ?? 'plain', ctx.request.address);
      const result = await next({ ctx: call });
      if (!result.ok) throw result.error;
      if (faultTrace.faults().length > 0) throw new Error('A fault was swallowed on the way');
      for (const headers of passedOn) copyAuthHeaders(headers, ctx);
      return result;
    } catch (error) {
      throw answerCallError(call, path, error);
    }
  });
});

/** Anybody may call it. */
export const publicProcedure = t.procedure.use(answered);

/** As `publicProcedure`, for calls that check a secret or send a mail. */
export const guardedProcedure = publicProcedure.meta({ limit: 'guarded' });

/** Wants a live session, else TOKEN_EXPIRED or UNAUTHORIZED (see `getSession`). */
export const signedInProcedure = publicProcedure.use(async ({ ctx, next }) =>
  next({ ctx: await signIn(ctx as CallContext, 'any') }),
);

/**
 * As `signedInProcedure`, but an access token is not enough: what makes or prolongs a credential must
 * not be had with a shorter-lived one.
 */
export const sessionProcedure = publicProcedure.use(async ({ ctx, next }) =>
  next({ ctx: await signIn(ctx as CallContext, 'session-only') }),
);

async function signIn(call: CallContext, accepted: AcceptedCredentials): Promise<SignedInContext> {
  return { ...call, session: await getSession(call.deps, call.request, accepted) };
}

/**
 * The session token goes to clients without a cookie jar, in `set-auth-token`. Browsers, which always
 * send an Origin with a call that may sign in, don't get it: a script must not read it.
 */
function copyAuthHeaders(headers: Headers, { request, responseHeaders }: RequestContext): void {
  for (const cookie of headers.getSetCookie()) responseHeaders.append('set-cookie', cookie);
  const sessionToken = headers.get('set-auth-token');
  if (sessionToken && request.origin === null) responseHeaders.set('set-auth-token', sessionToken);
}
