import type { FastifyInstance } from 'fastify';
import type { AppOptions } from './app-options.ts';

/** When a probe should ask again. */
const RETRY_AFTER_SECONDS = 2;

/**
 * `/livez`: the process answers. `/readyz`: it can do its work; if not, 503 with one line for each problem.
 * Warnings don't change the status. Both are for operators. Problems name details of the schema, so keep `/readyz` off the internet.
 */
export async function healthRoutes(app: FastifyInstance, { getDeps }: AppOptions): Promise<void> {
  app.get('/livez', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'live' };
  });

  app.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const deps = getDeps();
    const readiness =
      typeof deps === 'string'
        ? { ready: false, checks: [{ name: 'start', ok: false, problems: [deps], warnings: [] }] }
        : await deps.readiness.check();
    if (!readiness.ready) reply.status(503).header('retry-after', RETRY_AFTER_SECONDS);
    return { status: readiness.ready ? 'ready' : 'not ready', checks: readiness.checks };
  });
}
