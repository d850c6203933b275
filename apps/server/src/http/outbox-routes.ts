import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopbackAddress, isLoopbackHost } from '../config/loopback.ts';
import type { Outbox } from '../mail/outbox.ts';
import { answerNotFound } from './not-found.ts';
import { renderOutboxPage } from './server-pages.ts';

/** What proxies and tunnels add to a request that they pass on. */
const FORWARDING_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'];

/**
 * Mail that wasn't sent, in development: a page for people, an array for programs. Its links are good, so
 * only this machine gets them, under one of its own names: nobody else, and no page that rebinds its name.
 */
export async function outboxRoutes(
  app: FastifyInstance,
  { outbox }: { outbox: Outbox },
): Promise<void> {
  app.get('/dev/outbox', async (request, reply) => {
    if (!isFromThisMachine(request)) return answerNotFound(reply);
    reply.header('cache-control', 'no-store').header('vary', 'accept');
    const wantsJson = request.headers.accept?.includes('application/json');
    if (wantsJson) return outbox.list();
    return reply.type('text/html; charset=utf-8').send(renderOutboxPage(outbox.list()));
  });
}

function isFromThisMachine({ headers, socket }: FastifyRequest): boolean {
  const host = /^(\[[^\]]*\]|[^:@/]*)(:\d+)?$/.exec(headers.host ?? '')?.[1] ?? '';
  return (
    isLoopbackHost(host) &&
    isLoopbackAddress(socket.remoteAddress ?? '') &&
    FORWARDING_HEADERS.every((name) => headers[name] === undefined)
  );
}
