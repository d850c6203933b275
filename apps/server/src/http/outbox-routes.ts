import type { FastifyInstance } from 'fastify';
import type { Outbox } from '../mail/outbox.ts';
import { renderOutboxPage } from './server-pages.ts';

/** Mail that wasn't sent, in development: a page for people, an array for programs. */
export async function outboxRoutes(
  app: FastifyInstance,
  { outbox }: { outbox: Outbox },
): Promise<void> {
  app.get('/dev/outbox', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('vary', 'accept');
    const wantsJson = request.headers.accept?.includes('application/json');
    if (wantsJson) return outbox.list();
    return reply.type('text/html; charset=utf-8').send(renderOutboxPage(outbox.list()));
  });
}
