import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import type { Config } from './config/config.ts';
import { isLoopbackHost } from './config/loopback.ts';
import { ACCOUNT_PAGES_FOLDER, accountPagesRoutes } from './http/account-pages.ts';
import type { AppOptions } from './http/app-options.ts';
import { limitConnections } from './http/connection-limits.ts';
import { healthRoutes } from './http/health-routes.ts';
import { keyRoutes } from './http/jwks-routes.ts';
import { mailLinkRoutes } from './http/mail-link-routes.ts';
import { API_HEADERS, answerNotFound } from './http/not-found.ts';
import { outboxRoutes } from './http/outbox-routes.ts';
import { trpcRoutes } from './http/trpc-routes.ts';
import { createIsTrustedProxy, warnOfUnreadableAddresses } from './http/trusted-proxies.ts';

/** The largest body that is accepted, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** A request is dropped if its headers and body take longer to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks for such requests; its own default would double the time. */
const TIMEOUT_CHECK_MS = 1000;

/** The HTTP side: routes, headers and limits. Doesn't listen. Answers `/livez` before `getDeps` has anything. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, log } = options;
  const isTrustedProxy = createIsTrustedProxy(config);
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    forceCloseConnections: 'idle',
    // Requests on open connections are still served while the server stops.
    return503OnClosing: false,
    // An address that can't be decoded can't be found either.
    frameworkErrors: (_error, _request, reply) => answerNotFound(reply),
    genReqId: () => randomUUID(),
    trustProxy: isTrustedProxy,
  });
  // Only JSON bodies are accepted: a form, which any page can send without permission, is refused.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  const perNetwork = config.connectionsPerNetwork;
  limitConnections(app.server, { perNetwork, isTrustedProxy, log });
  warnOfUnreadableAddresses(app, log);
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
    if (options.outbox && isLoopbackHost(new URL(config.baseUrl).hostname)) {
      await pages.register(outboxRoutes, { outbox: options.outbox });
    }
    await pages.register(accountPagesRoutes, { folder: ACCOUNT_PAGES_FOLDER });
  });
  return app;
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
