import { parseAddress } from '@mana/auth-core/rate-limit/client-network';
import type { FastifyRequest } from 'fastify';

/** One HTTP request as the domains see it: no framework, no body. */
export interface ClientRequest {
  /** Goes into the log, the response and the audit log. */
  readonly id: string;
  /** Address of the client, without a port, as far as trusted proxies tell it. */
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Origin header: set by every browser on a call that may change something. */
  readonly origin: string | null;
  /** Secret. */
  readonly cookie: string | null;
  /** Secret. */
  readonly authorization: string | null;
}

/** A request as the domains see it; behind trusted proxies, with the client's own address. */
export function toClientRequest(request: FastifyRequest): ClientRequest {
  const { headers } = request;
  return {
    id: request.id,
    address: request.ip ? parseAddress(request.ip) : null,
    userAgent: headers['user-agent']?.slice(0, 512) ?? null,
    origin: headers.origin ?? null,
    cookie: headers.cookie ?? null,
    authorization: headers.authorization ?? null,
  };
}
