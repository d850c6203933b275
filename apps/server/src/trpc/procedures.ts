import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable, trpcCodeFor } from '@mana/auth-core/errors/codes/codes';
import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { CallKind } from '../rate-limits/call-limits.ts';
import { type AcceptedCredentials, getSession } from '../sessions/get-session.ts';
import type { CallContext, RequestContext, SignedInContext } from './context.ts';
import {
  auditFailedCall,
  requestIdOf,
  toAuthError,
  toErrorResponse,
  toTrpcError,
} from './error-response.ts';
import { transformer } from './transformer.ts';
import { twoFactorOf } from './two-factor-required.ts';
import { isUnknownCredential } from './unknown-credential.ts';

/** How long a proof of who somebody is counts as fresh. */
const FRESH_SESSION_MS = 10 * 60_000;

interface CallMeta {
  readonly limit?: CallKind;
  /** What the configuration may have switched off. */
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
      const field = authError.path;
      const twoFactor = twoFactorOf(authError);
      const unknownCredential = isUnknownCredential(authError);
      return {
        code: TRPC_ERROR_CODES_BY_KEY[code],
        message: auth.message,
        data: {
          code,
          httpStatus,
          path,
          auth,
          ...(field && { field }),
          ...(twoFactor && { twoFactor }),
          ...(unknownCredential && { unknownCredential }),
        },
      };
    },
  });

export const createRouter = t.router;
export const createCallerFactory = t.createCallerFactory;

/**
 * Around every call: its own fault scope, its limits, and the one answer to whatever goes wrong. A
 * success that came about over a fault which a library swallowed is answered as the fault.
 */
const answered = t.middleware(({ ctx, next, path, meta }) => {
  const { faultTrace, callLimits, guardedCalls } = ctx.deps;
  return faultTrace.run(async () => {
    const passedOn: Headers[] = [];
    let userId: string | null = null;
    const call: CallContext = {
      ...ctx,
      forwardHeaders: (headers) => passedOn.push(headers),
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
      if (faultTrace.faults().length > 0) throw new Error('A fault was swallowed on the way');
      for (const headers of passedOn) copyAuthHeaders(headers, ctx);
      return result;
    } catch (error) {
      const failure = classifyWithFaults(error, call.seenFaults());
      auditFailedCall(ctx, failure, { path, userId });
      if (errorTable[failure.code].httpStatus < 500) {
        for (const headers of passedOn) copyAuthHeaders(headers, ctx);
      }
      throw toTrpcError(failure);
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

/**
 * As `signedInProcedure`, and the user has proved who they are within the last ten minutes, else
 * REAUTHENTICATION_REQUIRED (security check S13).
 */
export const freshProcedure = signedInProcedure.use(async ({ ctx, next }) => {
  requireFreshSession(ctx);
  return next();
});

/** What `freshProcedure` wants. Throws REAUTHENTICATION_REQUIRED. */
export function requireFreshSession({ deps, session }: SignedInContext): void {
  const age = deps.now().getTime() - session.authenticatedAt.getTime();
  if (age > FRESH_SESSION_MS) throw new AuthError('REAUTHENTICATION_REQUIRED');
}

async function signIn(call: CallContext, accepted: AcceptedCredentials): Promise<SignedInContext> {
  const session = await getSession(call.deps, call.request, accepted);
  call.setAuditSubject(session.user.id);
  return { ...call, session };
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
