import { readProperty } from '@mana/auth-core/errors/safe-read';
import { parseRetryAfter } from '@mana/auth-core/errors/wire/retry-after';
import { createTRPCUntypedClient, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { SuperJSONResult } from 'superjson';
import { failureFromResponse, toFailure } from './auth-failure.ts';
import { decode, type Encoded, encode } from './codec.ts';
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
 * Sends calls through @trpc/client, by one link of ours, which keeps what tRPC's own lose: the status and
 * headers of a response that isn't JSON. Each call has its own request, so that a sign-in never waits for
 * the slowest call of a batch; all are POST, so that no token ends up in a URL.
 */
export function createTransport(options: TransportOptions): Transport {
  const client = createTRPCUntypedClient({ links: [createLink(options)] });
  return async (path, input, signal) =>
    (await client.mutation(path, input, signal && { signal })) as TransportResult;
}

/** Its data is a `TransportResult`: a failed call is no error here, and keeps all that is known of it. */
function createLink(options: TransportOptions): TRPCLink<AnyTRPCRouter> {
  const base = options.url.replace(/\/+$/, '');
  return () =>
    ({ op }) =>
      observable((observer) => {
        void send(options, { ...op, url: `${base}/trpc/${op.path}` }).then((data) => {
          observer.next({ result: { data } });
          observer.complete();
        });
      });
}

interface SentCall {
  readonly url: string;
  readonly input: unknown;
  readonly signal: AbortSignal | null | undefined;
}

/** Never rejects. */
async function send(
  { fetch, requestTimeoutMs, getSessionToken }: TransportOptions,
  { url, input, signal }: SentCall,
): Promise<TransportResult> {
  const request: RequestInit = { method: 'POST', credentials: 'include' };
  try {
    request.headers = createHeaders(getSessionToken());
    request.body = JSON.stringify(encode(input));
  } catch {
    return { result: toFailure('INTERNAL'), sessionToken: undefined };
  }
  const received = await withinTime(requestTimeoutMs, signal, async (limit) => {
    const response = await fetch(url, { ...request, signal: limit });
    return { response, text: await response.text() };
  });
  if (!received) return { result: toFailure('SERVICE_UNAVAILABLE'), sessionToken: undefined };
  return {
    result: await readResult(received.response, received.text),
    sessionToken: received.response.headers.get('set-auth-token') ?? undefined,
  };
}

function createHeaders(sessionToken: string | undefined): Record<string, string> {
  const json = { 'content-type': 'application/json' };
  return sessionToken ? { ...json, authorization: `Bearer ${sessionToken}` } : json;
}

/**
 * What `work` resolves to. Undefined where it is too late, aborted or rejects: what `fetch` rejects with
 * depends on browser and language, and no `fetch` has to heed its signal.
 */
async function withinTime<T>(
  milliseconds: number,
  signal: AbortSignal | null | undefined,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const limit = new AbortController();
  const abort = () => limit.abort();
  const timer = setTimeout(abort, milliseconds);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    return await new Promise<T>((resolve, reject) => {
      limit.signal.addEventListener('abort', reject);
      if (limit.signal.aborted) reject();
      else work(limit.signal).then(resolve, reject);
    });
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function readResult(response: Response, text: string): Promise<AuthResult<object>> {
  const body = parseJson(text);
  const sent = readProperty(readProperty(body, 'result'), 'data');
  const data = response.ok ? await readData(sent) : undefined;
  if (typeof data === 'object' && data !== null) return succeed(data);
  const retryAfterSec = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  return failureFromResponse({ status: response.status, body, retryAfterSec });
}

/** Undefined for what isn't an output. superjson is loaded for a type that the codec doesn't carry. */
async function readData(sent: unknown): Promise<unknown> {
  if (typeof sent !== 'object' || sent === null || !('json' in sent)) return undefined;
  try {
    const decoded = decode(sent as Encoded);
    if (decoded) return decoded.value;
    const { deserialize } = await import('superjson');
    return deserialize(sent as SuperJSONResult);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
