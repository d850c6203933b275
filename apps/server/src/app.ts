import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fastify } from 'fastify';
import type { Config } from './config/config.ts';
import { accountPagesRoutes } from './http/account-pages.ts';
import type { AppOptions } from './http/app-options.ts';
import { healthRoutes } from './http/health-routes.ts';
import { keyRoutes } from './http/jwks-routes.ts';
import { mailLinkRoutes } from './http/mail-link-routes.ts';
import { outboxRoutes } from './http/outbox-routes.ts';
import { trpcRoutes } from './http/trpc-routes.ts';

/** The largest body that is read, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** A request whose headers and body take longer to arrive is dropped. */
const REQUEST_TIMEOUT_MS = 30_000;

/** For answers that no browser shows: nothing in them is to be run, framed or taken for another type. */
const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** The HTTP side: routes, headers and limits. Does not listen. Serves `/livez` before `getDeps` is ready. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What arrives on an open connection while the server stops is served like the rest.
    return503OnClosing: false,
    // An address that can't be decoded is nothing to be found.
    frameworkErrors: (_error, _request, reply) => answerNotFound(reply),
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
  });
  // JSON is the only body that is read; a form, which any page can send without asking, is refused.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.setNotFoundHandler((_request, reply) => answerNotFound(reply));
  await app.register(async (api) => {
    api.addHook('onRequest', async (_request, reply) => {
      reply.headers(API_HEADERS);
    });
    await api.register(healthRoutes, options);
    await api.register(keyRoutes, options);
    await api.register(trpcRoutes, { ...options, prefix: '/trpc' });
  });
  await app.register(async (pages) => {
    await pages.register(helmet, helmetOptions(config));
    await pages.register(mailLinkRoutes, options);
    if (options.outbox) await pages.register(outboxRoutes, { outbox: options.outbox });
    await pages.register(accountPagesRoutes);
  });
  return app;
}

function answerNotFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).headers(API_HEADERS).type('text/plain').send('Nothing is here.\n');
}

function helmetOptions(config: Config) {
  const isHttps = config.baseUrl.startsWith('https:');
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isHttps,
    referrerPolicy: { policy: 'no-referrer' as const },
    crossOriginResourcePolicy: { policy: 'same-site' as const },
  };
}
