import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable, trpcCodeFor } from '@mana/auth-core/errors/codes/codes';
import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { clearCopies } from '../better-auth/cookie-copies.ts';
import type { CallKind } from '../rate-limits/call-limits.ts';
import { recordFailedCall } from '../security-events/record-event.ts';
import { isMultiFactor } from '../sessions/factors.ts';
import { type AcceptedCredentials, getSession } from '../sessions/get-session.ts';
import type { CallContext, RequestContext, SignedInContext } from './context.ts';
import { toErrorData } from './error-data.ts';
import { requestIdOf, toAuthError, toErrorResponse, toTrpcError } from './error-response.ts';
import { transformer } from './transformer.ts';

/** How long a session stays fresh after its user has proved who they are. */
const FRESH_SESSION_MS = 10 * 60_000;

interface CallMeta {
  readonly limit?: CallKind;
  /** What the configuration may have turned off. */
  readonly feature?: 'passkeys';
}

const t = initTRPC
  .context<RequestContext>()
  .meta<CallMeta>()
  .create({
    transformer,
    isDev: false,
    errorFormatter({ error, ctx, path }) {
      const authError = toAuthError(error);
      const auth = toErrorResponse(authError, ctx?.request.id ?? requestIdOf(error));
      const code = trpcCodeFor(authError.code);
      const { httpStatus } = errorTable[authError.code];
      return {
        code: TRPC_ERROR_CODES_BY_KEY[code],
        message: auth.message,
        data: { code, httpStatus, path, auth, ...toErrorData(authError) },
      };
    },
  });

/** Makes a router of procedures, or of further routers. */
export const createRouter = t.router;
/** Makes a caller that calls a router's procedures from within the server. */
export const createCallerFactory = t.createCallerFactory;

/**
 * Runs around every call: its own fault scope, its limits, and the one place that turns whatever goes wrong
 * into an error response. A success in spite of a fault that a library swallowed becomes that fault.
 */
const guardCall = t.middleware(({ ctx, next, path, meta }) => {
  const { faultTrace, callLimits, guardedCalls } = ctx.deps;
  return faultTrace.run(async () => {
    const forwarded: Headers[] = [];
    let userId: string | null = null;
    const call: CallContext = {
      ...ctx,
      forwardHeaders: (headers) => forwarded.push(headers),
      setAuditSubject: (id) => {
        userId = id;
      },
      seenFaults: () => faultTrace.faults().map((fault) => fault.error),
    };
    try {
      const kind = meta?.limit ?? 'plain';
      await callLimits.count(kind, ctx.request.address);
      if (meta?.feature === 'passkeys' && !ctx.deps.config.passkeysEnabled) {
        throw new AuthError('PASSKEY_NOT_ENABLED');
      }
      const run = () => next({ ctx: call });
      const result = await (kind === 'guarded' ? guardedCalls.run(run) : run());
      if (!result.ok) throw result.error;
      if (faultTrace.faults().length > 0) throw new Error('A library swallowed a fault');
      for (const headers of forwarded) copyAuthHeaders(headers, ctx);
      return result;
    } catch (error) {
      const failure = classifyWithFaults(error, call.seenFaults());
      recordFailedCall(ctx, failure, { path, userId });
      if (errorTable[failure.code].httpStatus < 500) {
        for (const headers of forwarded) copyAuthHeaders(headers, ctx);
      }
      throw toTrpcError(failure);
    } finally {
      ctx.deps.mailer.wake();
    }
  });
});

/** Open to everybody. */
export const publicProcedure = t.procedure.use(guardCall);

/** Like `publicProcedure`, for calls that check a secret or send a mail. */
export const guardedProcedure = publicProcedure.meta({ limit: 'guarded' });

/** Requires a live session, else TOKEN_EXPIRED or UNAUTHORIZED (see `getSession`). */
export const signedInProcedure = publicProcedure.use(async ({ ctx, next }) =>
  next({ ctx: await signIn(ctx as CallContext, 'any') }),
);

/**
 * Like `signedInProcedure`, but an access token is not enough: a credential must not be made or renewed with
 * a shorter-lived one.
 */
export const sessionProcedure = publicProcedure.use(async ({ ctx, next }) =>
  next({ ctx: await signIn(ctx as CallContext, 'session-only') }),
);

/**
 * Like `sessionProcedure`, and the user must have proved who they are within the last ten minutes, else
 * REAUTHENTICATION_REQUIRED (security check S13).
 */
export const freshProcedure = sessionProcedure.use(async ({ ctx, next }) => {
  requireFreshSession(ctx);
  return next();
});

/**
 * What `freshProcedure` requires: a recent proof with all factors that the account has, and the token that it
 * was answered with. Throws REAUTHENTICATION_REQUIRED.
 */
export function requireFreshSession({ deps, session }: SignedInContext): void {
  const ageMs = deps.now().getTime() - session.authenticatedAt.getTime();
  const hasAllFactors = !session.requiresSecondFactor || isMultiFactor(session.amr);
  if (session.isReplaced || ageMs > FRESH_SESSION_MS || !hasAllFactors) {
    throw new AuthError('REAUTHENTICATION_REQUIRED');
  }
}

async function signIn(call: CallContext, accepted: AcceptedCredentials): Promise<SignedInContext> {
  const session = await getSession(call.deps, call.request, accepted);
  call.setAuditSubject(session.user.id);
  return { ...call, session };
}

/**
 * Clients without a cookie jar get the session token in `set-auth-token`. Browsers, which always send an
 * Origin with a call that may sign in, don't get it: a script must not read it.
 */
function copyAuthHeaders(
  headers: Headers,
  { deps, request, responseHeaders }: RequestContext,
): void {
  for (const cookie of headers.getSetCookie()) {
    for (const line of [...clearCopies(cookie, request, deps.config), cookie])
      responseHeaders.append('set-cookie', line);
  }
  const sessionToken = headers.get('set-auth-token');
  if (sessionToken && request.origin === null) responseHeaders.set('set-auth-token', sessionToken);
}
