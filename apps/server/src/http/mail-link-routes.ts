import { classifyWithFaults } from '@mana/auth-core/errors/classify-from-error';
import { errorTable } from '@mana/auth-core/errors/codes';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { verifyEmail } from '../domains/auth/email-verification.service.ts';
import { parseRedirectTarget } from '../domains/auth/redirect-target.ts';
import { logError, retryAfter } from '../trpc/error-answer.ts';
import type { AppOptions } from './app-options.ts';
import { renderOutagePage } from './outage-page.ts';
import { toClientRequest } from './to-client-request.ts';

const querySchema = z.object({
  token: z.string().max(256).default(''),
  callbackURL: z.string().max(2048).optional(),
});

/**
 * The link in a verification mail. It proves the address and sends the browser on: to `callbackURL`
 * where that is on a trusted origin, else to the account pages, with `?error=CODE` when the link is no
 * good. A fault of ours is a page with status 503 that keeps the link usable.
 */
export async function mailLinkRoutes(app: FastifyInstance, options: AppOptions): Promise<void> {
  const { config, log, getDeps } = options;

  app.get('/api/auth/verify-email', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const deps = getDeps();
    if (typeof deps === 'string') return answerOutage(reply, undefined);

    const { data } = querySchema.safeParse(request.query);
    const callbackURL = data?.callbackURL;
    const target =
      callbackURL === undefined
        ? undefined
        : parseRedirectTarget(callbackURL, config.baseUrl, config.trustedOrigins);
    return deps.faultTrace.run(async () => {
      try {
        await deps.callLimits.count('guarded', toClientRequest(request).address);
        await verifyEmail(deps, data?.token ?? '');
        return reply.redirect(target ?? `${config.baseUrl}/sign-in?verified=1`, 303);
      } catch (error) {
        const faults = deps.faultTrace.faults().map((fault) => fault.error);
        const failure = classifyWithFaults(error, faults);
        logError(log, failure, { requestId: request.id, path: 'verify-email link' });
        if (errorTable[failure.code].httpStatus >= 500) {
          return answerOutage(reply, retryAfter(failure));
        }
        const page = new URL(target ?? `${config.baseUrl}/verify-email`);
        page.searchParams.set('error', failure.code);
        return reply.redirect(page.href, 303);
      }
    });
  });
}

function answerOutage(reply: FastifyReply, retryAfterSeconds: number | undefined): FastifyReply {
  return reply
    .status(503)
    .header('retry-after', retryAfterSeconds ?? 5)
    .type('text/html; charset=utf-8')
    .send(renderOutagePage());
}
