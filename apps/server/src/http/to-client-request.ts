import type { FastifyRequest } from 'fastify';
import type { ClientRequest } from '../better-auth/client-request.ts';

/** A request as the domains see it; behind trusted proxies with the client's own address. */
export function toClientRequest(request: FastifyRequest): ClientRequest {
  const { headers } = request;
  return {
    id: request.id,
    address: request.ip || null,
    userAgent: headers['user-agent']?.slice(0, 512) ?? null,
    origin: headers.origin ?? null,
    cookie: headers.cookie ?? null,
    authorization: headers.authorization ?? null,
  };
}
