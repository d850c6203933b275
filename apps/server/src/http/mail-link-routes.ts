import type { FastifyInstance } from 'fastify';
import { pageUrl } from '../config/account-pages.ts';
import type { AppOptions } from './app-options.ts';

/**
 * The link in a mail that proves an address, for a new account or a changed one. Leads to the page whose button
 * redeems the token, and redeems nothing itself: scanners, previews and prefetching open links too.
 */
export async function mailLinkRoutes(app: FastifyInstance, { config }: AppOptions): Promise<void> {
  app.get('/api/auth/verify-email', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const query = request.url.split('?', 2)[1] ?? '';
    return reply.redirect(`${pageUrl(config.baseUrl, 'verifyEmail')}?${query}`, 303);
  });
}
