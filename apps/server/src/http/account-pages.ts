import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { accountPages } from '../config/account-pages.ts';
import { answerNotFound } from './not-found.ts';

/** Where `pnpm build` puts the account pages. */
export const ACCOUNT_PAGES_FOLDER = fileURLToPath(
  new URL('../../../account/dist', import.meta.url),
);

/**
 * The account pages, if they are built, and what every other path gets: 404, with the pages' own view of it
 * for a browser that opens an address, in plain text for everything else. Files with a hash in their name
 * may be cached for good.
 */
export async function accountPagesRoutes(
  app: FastifyInstance,
  { folder }: { folder: string },
): Promise<void> {
  if (!existsSync(folder)) {
    app.setNotFoundHandler((_request, reply) => answerNotFound(reply));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.includes('/assets/');
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  for (const path of Object.values(accountPages)) {
    app.get(path, (_request, reply) => reply.sendFile('index.html'));
  }
  app.setNotFoundHandler((request, reply) => {
    reply.header('vary', 'accept');
    const opensPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
    if (!opensPage) return answerNotFound(reply);
    // Without validators: a browser that revalidated a 404 would get one without a body.
    return reply.status(404).sendFile('index.html', { etag: false, lastModified: false });
  });
}
