import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import { TRPCError } from '@trpc/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toClientRequest } from '../better-auth/client-request.ts';
import { pageUrl } from '../config/account-pages.ts';
import type { Deps } from '../deps.ts';
import type { VerifiedEmail } from '../domains/auth/sign-up/email-verification.service.ts';
import { findCallbackPage } from '../domains/auth/tokens/callback-page.ts';
import { createCaller } from '../router.ts';
import { logError, retryAfter, toAuthError } from '../trpc/error-response.ts';
import type { AppOptions } from './app-options.ts';
import { renderOutagePage } from './server-pages.ts';

const RETRY_AFTER_SECONDS = 5;

const querySchema = z.object({
  token: z.string().catch(''),
  callbackURL: z.string().max(2048).optional().catch(undefined),
});

/**
 * The link in a mail that proves an address, for a new account or a changed address. It redirects the
 * browser to `callbackURL` if that is a named page, else to the account pages, with `?error=CODE` if the link
 * is invalid. A fault of ours answers with a page and its status, and the link still works
 * afterwards. HEAD, which mail scanners send, does nothing.
 */
export async function mailLinkRoutes(app: FastifyInstance, options: AppOptions): Promise<void> {
  const { config, getDeps } = options;

  app.get('/api/auth/verify-email', { exposeHeadRoute: false }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const deps = getDeps();
    if (typeof deps === 'string') return answerOutage(reply, 503, RETRY_AFTER_SECONDS);

    const { token, callbackURL } = querySchema.parse(request.query);
    const target = callbackURL && findCallbackPage(config, callbackURL);
    const outcome = await redeem(deps, request, token);
    if (!(outcome instanceof AuthError)) {
      const { baseUrl } = config;
      const page = outcome.emailChanged
        ? `${pageUrl(baseUrl, 'profile')}?changed=email`
        : `${pageUrl(baseUrl, 'signIn')}?verified=1`;
      return reply.redirect(target || page, 303);
    }
    const { httpStatus } = errorTable[outcome.code];
    if (httpStatus >= 500) return answerOutage(reply, httpStatus, retryAfter(outcome));
    const page = new URL(target || pageUrl(config.baseUrl, 'verifyEmail'));
    page.searchParams.set('error', outcome.code);
    return reply.redirect(page.href, 303);
  });
}

/** Redeems the token through the procedure, so that the link is limited and answered as the call is. */
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
