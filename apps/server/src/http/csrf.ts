import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Config } from '../config/config.ts';

/**
 * Finds out whether a page that we don't trust may be behind a call that can change something, and says
 * why. A browser names the page in Origin (Fetch standard, "append a request Origin header"); without
 * one, a JSON body proves that no plain form sent it, since a page would need our permission for that.
 */
export function findCsrfProblem(
  client: ClientRequest,
  request: { method: string; headers: { 'content-type'?: string | undefined } },
  config: Pick<Config, 'trustedOrigins'>,
): string | undefined {
  if (request.method !== 'POST') return undefined;
  if (client.origin !== null) {
    const isTrusted = config.trustedOrigins.includes(client.origin);
    return isTrusted ? undefined : `${client.origin} is not one of TRUSTED_ORIGINS`;
  }
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  return client.cookie !== null && !isJson
    ? 'a call with a cookie came without an Origin and without a JSON body'
    : undefined;
}
