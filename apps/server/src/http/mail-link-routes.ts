import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import { TRPCError } from '@trpc/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { VerifiedEmail } from '../domains/auth/sign-up/email-verification.service.ts';
import { parseRedirectTarget } from '../domains/auth/tokens/redirect-target.ts';
import { createCaller } from '../router.ts';
import { logError, retryAfter, toAuthError } from '../trpc/error-response.ts';
import type { AppOptions } from './app-options.ts';
import { renderOutagePage } from './outage-page.ts';
import { toClientRequest } from './to-client-request.ts';

const RETRY_AFTER_SECONDS = 5;

const querySchema = z.object({
  token: z.string().catch(''),
  callbackURL: z.string().max(2048).optional().catch(undefined),
});

/**
 * The link in a mail that proves an address, of a new account or of one that changes it. It sends the
 * browser on: to `callbackURL` where that is on a trusted origin, else to the account pages, with
 * `?error=CODE` when the link is no good. A fault of ours is a page with its status, and keeps the link
 * usable. HEAD, which scanners of mail send, does nothing.
 */
export async function mailLinkRoutes(app: FastifyInstance, options: AppOptions): Promise<void> {
  const { config, getDeps } = options;

  app.get('/api/auth/verify-email', { exposeHeadRoute: false }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const deps = getDeps();
    if (typeof deps === 'string') return answerOutage(reply, 503, RETRY_AFTER_SECONDS);

    const { token, callbackURL } = querySchema.parse(request.query);
    const target =
      callbackURL && parseRedirectTarget(callbackURL, config.baseUrl, config.trustedOrigins);
    const outcome = await redeem(deps, request, token);
    if (!(outcome instanceof AuthError)) {
      const page = outcome.emailChanged ? '/profile?changed=email' : '/sign-in?verified=1';
      return reply.redirect(target || `${config.baseUrl}${page}`, 303);
    }
    const { httpStatus } = errorTable[outcome.code];
    if (httpStatus >= 500) return answerOutage(reply, httpStatus, retryAfter(outcome));
    const page = new URL(target || `${config.baseUrl}/verify-email`);
    page.searchParams.set('error', outcome.code);
    return reply.redirect(page.href, 303);
  });
}

/** Redeems the token through the procedure, so that this way in is counted and answered like it. */
async function redeem(
  deps: Deps,
  request: FastifyRequest,
  token: string,
): Promise<VerifiedEmail | AuthError> {
  const context = { deps, request: toClientRequest(request), responseHeaders: new Headers() };
  try {
    return await createCaller(context).auth.verifyEmail({ token });
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    const failure = toAuthError(error);
    logError(deps.log, failure, { requestId: request.id, path: 'verify-email link' });
    return failure;
  }
}

function answerOutage(
  reply: FastifyReply,
  status: number,
  retryAfterSeconds: number | undefined,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  return reply.status(status).type('text/html; charset=utf-8').send(renderOutagePage());
}
