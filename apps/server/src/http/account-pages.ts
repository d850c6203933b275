import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where `pnpm build` puts the account pages. */
const PAGES_FOLDER = fileURLToPath(new URL('../../../account/dist', import.meta.url));

/** Addresses of the account pages; each is the one page, which shows what its path names. */
const PAGE_PATHS = [
  '/',
  '/sign-up',
  '/check-mail',
  '/verify-email',
  '/sign-in',
  '/forgot-password',
  '/reset-password',
  '/profile',
  '/security',
  '/vault',
  '/notebook',
];

/** The account pages, where they are built. Files with a hash in their name may be kept for good. */
export async function accountPagesRoutes(app: FastifyInstance): Promise<void> {
  if (!existsSync(PAGES_FOLDER)) return;
  await app.register(fastifyStatic, {
    root: PAGES_FOLDER,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.includes('/assets/');
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  for (const path of PAGE_PATHS) {
    app.get(path, (_request, reply) => reply.sendFile('index.html'));
  }
}
