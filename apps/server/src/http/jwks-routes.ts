import type { FastifyInstance } from 'fastify';
import { JWKS_MAX_AGE_SECONDS } from '../access-tokens/key-schedule.ts';
import type { AppOptions } from './app-options.ts';

/** The public signing keys (RFC 7517), for services that verify access tokens on their own. */
export async function keyRoutes(app: FastifyInstance, { getDeps }: AppOptions): Promise<void> {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    const deps = getDeps();
    if (typeof deps === 'string') {
      return reply.status(503).header('retry-after', 2).send({ status: 'starting' });
    }
    reply.header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`);
    reply.header('access-control-allow-origin', '*');
    return deps.signingKeys.publicJwks();
  });
}
