import { setTimeout as delay } from 'node:timers/promises';
import { findBase64 } from '@mana/auth-core/vault/format/base64';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';

/**
 * A key service couldn't be called, or gave an answer that is none. The message is a sentence for operators
 * and quotes nothing that was sent or received.
 */
export class KeyServiceFault extends Error {
  override readonly name = 'KeyServiceFault';
}

/** One call to a key service, and for how long it may last. */
export interface KeyServiceCall {
  /** The service as operators know it, with its address. */
  readonly service: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends everything, the second attempt included. */
  readonly signal: AbortSignal;
  /** Recognises a throttled call that is refused with another status than 429. */
  readonly isThrottled?: (answer: KeyServiceAnswer) => boolean;
}

/** The whole answer to a call, of any status. */
export interface KeyServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined if the answer isn't JSON. */
  readonly body: unknown;
}

/** Proper answers have a few hundred bytes. */
const MAX_ANSWER_BYTES = 65_536;
const RETRY_AFTER_MS = 50;
const KEY_BYTES = 32;

/**
 * Sends one call and reads the whole answer, of any status. What may be a passing failure (no answer, 429,
 * 5xx) is tried once more: sealing and unsealing may be repeated.
 *
 * Follows no redirect, since the call carries a secret. Throws `KeyServiceFault`.
 */
export async function postToKeyService(call: KeyServiceCall): Promise<KeyServiceAnswer> {
  const first = await post(call).catch((fault: unknown) => toFault(call, fault));
  const mayRecover =
    first instanceof KeyServiceFault || isTransient(first) || call.isThrottled?.(first);
  if (mayRecover && !call.signal.aborted) {
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
    if (length > MAX_ANSWER_BYTES) throw new KeyServiceFault(`${service} sends an endless answer`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The parser's error would quote what it read, which may be a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTransient({ status }: KeyServiceAnswer): boolean {
  return status === 429 || status >= 500;
}

/** Without a cause: the cause of a broken answer contains the answer. */
function toFault({ service, signal }: KeyServiceCall, error: unknown): KeyServiceFault {
  if (error instanceof KeyServiceFault) return error;
  const reason = signal.aborted ? 'no answer in time' : describe(error);
  return new KeyServiceFault(`${service} can't be reached: ${reason}`);
}

/**
 * `fetch` only says that it failed; its cause says why. Without a cause the call was never sent, and the
 * message quotes the header that can't be.
 */
function describe(error: unknown): string {
  const reason = error instanceof Error ? error.cause : undefined;
  if (!(reason instanceof Error)) return 'the call failed';
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : reason.name;
  return reason.message || code;
}

/** The 32-byte key that a service unsealed, from its base64. Secret. Throws `KeyServiceFault` for anything else. */
export function expectKey(value: unknown, service: string): Bytes {
  const key = typeof value === 'string' ? findBase64(value) : null;
  if (key?.length !== KEY_BYTES) throw new KeyServiceFault(`${service} answered without a key`);
  return key;
}

/** A member of an answer, of whatever type; undefined if there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
