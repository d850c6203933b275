import { setTimeout as delay } from 'node:timers/promises';
import { KeyServiceFault } from './key-service-fault.ts';

export interface KeyServiceCall {
  /** As operators call the service, with its address. */
  readonly service: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends everything, the second attempt included. */
  readonly signal: AbortSignal;
  /** Tells a refusal of a moment that has another status than 429. */
  readonly isThrottled?: (answer: KeyServiceAnswer) => boolean;
}

export interface KeyServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where the answer isn't JSON. */
  readonly body: unknown;
}

/** Answers that matter have a few hundred bytes. */
const MAX_ANSWER_BYTES = 65_536;
const RETRY_AFTER_MS = 50;

/**
 * Sends one call and reads the whole answer, of any status. What may have been a moment's failure (no
 * answer, 429, 5xx) is tried a second time: sealing and unsealing may be repeated.
 *
 * Follows no redirect, for who asks shows a secret. Throws `KeyServiceFault`.
 */
export async function postToKeyService(call: KeyServiceCall): Promise<KeyServiceAnswer> {
  const first = await post(call).catch((fault: unknown) => toFault(call, fault));
  const mayPass = first instanceof KeyServiceFault || isPassing(first) || call.isThrottled?.(first);
  if (mayPass && !call.signal.aborted) {
    await delay(RETRY_AFTER_MS);
    return post(call).catch((fault: unknown) => Promise.reject(toFault(call, fault)));
  }
  if (first instanceof KeyServiceFault) throw first;
  return first;
}

async function post({ url, headers, body, signal, service }: KeyServiceCall) {
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  const text = await readText(response, service);
  return { status: response.status, headers: response.headers, body: parseJson(text) };
}

async function readText(response: Response, service: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new KeyServiceFault(`${service} answers without an end`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The error of the parser quotes what it read, which may be a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPassing({ status }: KeyServiceAnswer): boolean {
  return status === 429 || status >= 500;
}

/** Without a cause: that of a broken answer holds the answer. */
function toFault({ service, signal }: KeyServiceCall, error: unknown): KeyServiceFault {
  if (error instanceof KeyServiceFault) return error;
  const reason = signal.aborted ? 'no answer in time' : describe(error);
  return new KeyServiceFault(`${service} can't be reached: ${reason}`);
}

/**
 * `fetch` says no more than that it failed; why is behind it. Where nothing is, the call was never sent, and
 * what it says quotes the header that can't be.
 */
function describe(error: unknown): string {
  const reason = error instanceof Error ? error.cause : undefined;
  if (!(reason instanceof Error)) return 'the call failed';
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : reason.name;
  return reason.message || code;
}
