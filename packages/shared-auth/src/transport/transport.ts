import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { readProperty } from '@mana/auth-core/errors/safe-read';
import { parseRetryAfter } from '@mana/auth-core/errors/wire/retry-after';
import superjson, { type SuperJSONResult } from 'superjson';
import { failureFromResponse } from './auth-failure.ts';
import { handleAuthError } from './handle-auth-error.ts';
import { type AuthResult, succeed } from './result.ts';

/** Where and how the calls are sent. */
export interface TransportOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly requestTimeoutMs: number;
  /** Secret. The session token of a client without a cookie jar. */
  readonly getSessionToken: () => string | undefined;
}

/** What a call resolves to before anything is known about its output. */
export interface TransportResult {
  /** A decoded object whose shape nothing has checked. */
  readonly result: AuthResult<object>;
  /** Secret. Sent to clients other than browsers when the session is new or extended. */
  readonly sessionToken: string | undefined;
}

/** Calls a procedure. Never rejects, and settles within the time limit. */
export type Transport = (
  path: string,
  input: unknown,
  signal?: AbortSignal,
) => Promise<TransportResult>;

/**
 * Sends tRPC calls over HTTP. Each has its own request, so that a sign-in never waits for the slowest
 * call of a batch; all are POST, so that no token ends up in a URL.
 */
export function createTransport(options: TransportOptions): Transport {
  const base = options.url.replace(/\/+$/, '');

  return async function send(path, input, signal) {
    try {
      const limit = AbortSignal.timeout(options.requestTimeoutMs);
      const request: RequestInit = {
        method: 'POST',
        headers: createHeaders(options.getSessionToken()),
        body: JSON.stringify(superjson.serialize(input)),
        credentials: 'include',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      };
      const { response, text } = await exchange(options.fetch, `${base}/trpc/${path}`, request);
      return {
        result: readResult(response, text),
        sessionToken: response.headers.get('set-auth-token') ?? undefined,
      };
    } catch (error) {
      return { result: handleAuthError(error), sessionToken: undefined };
    }
  };
}

function createHeaders(sessionToken: string | undefined): Record<string, string> {
  const json = { 'content-type': 'application/json' };
  return sessionToken ? { ...json, authorization: `Bearer ${sessionToken}` } : json;
}

/** Rejects only with SERVICE_UNAVAILABLE: what `fetch` rejects with depends on browser and language. */
async function exchange(fetchFn: typeof fetch, url: string, request: RequestInit) {
  const { signal } = request;
  const cut = Promise.withResolvers<never>();
  const onAbort = () => cut.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    return await Promise.race([cut.promise, fetchText(fetchFn, url, request)]);
  } catch (cause) {
    throw new AuthError('SERVICE_UNAVAILABLE', { cause });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function fetchText(fetchFn: typeof fetch, url: string, request: RequestInit) {
  const response = await fetchFn(url, request);
  return { response, text: await response.text() };
}

function readResult(response: Response, text: string): AuthResult<object> {
  const body = parseJson(text);
  const data = response.ok ? decode(readProperty(readProperty(body, 'result'), 'data')) : undefined;
  if (typeof data === 'object' && data !== null) return succeed(data);
  const retryAfterSec = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  return failureFromResponse({ status: response.status, body, retryAfterSec });
}

function decode(data: unknown): unknown {
  if (!isSuperjson(data)) return undefined;
  try {
    return superjson.deserialize(data);
  } catch {
    return undefined;
  }
}

function isSuperjson(data: unknown): data is SuperJSONResult {
  return typeof data === 'object' && data !== null && 'json' in data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
