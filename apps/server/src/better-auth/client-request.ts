import type { FastifyRequest } from 'fastify';

/** One HTTP request as the domains see it: no framework, no body. */
export interface ClientRequest {
  /** Goes into the log, the answer and the security trail. */
  readonly id: string;
  /** Address of the client as far as trusted proxies tell it, or null. */
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
    address: request.ip || null,
    userAgent: headers['user-agent']?.slice(0, 512) ?? null,
    origin: headers.origin ?? null,
    cookie: headers.cookie ?? null,
    authorization: headers.authorization ?? null,
  };
}

/** Header in which Better Auth finds the client's address; it never comes from outside. */
export const CLIENT_ADDRESS_HEADER = 'x-mana-client-address';

/**
 * The request's headers for Better Auth: those that it needs, and none that it should not believe. Where
 * an Authorization header decides who calls, the cookie is left out.
 */
export function toAuthHeaders(request: ClientRequest): Headers {
  const headers = new Headers();
  if (request.authorization) headers.set('authorization', request.authorization);
  else if (request.cookie) headers.set('cookie', request.cookie);
  if (request.userAgent) headers.set('user-agent', request.userAgent);
  if (request.address) headers.set(CLIENT_ADDRESS_HEADER, request.address);
  return headers;
}
