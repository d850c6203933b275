import { findBase64 } from '@mana/auth-core/vault/format/base64';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { KeyServiceFault } from './key-service-fault.ts';

const KEY_BYTES = 32;

/** The 32-byte key that a service unsealed, out of its base64. Secret. Throws `KeyServiceFault` for anything else. */
export function expectKey(value: unknown, service: string): Bytes {
  const key = typeof value === 'string' ? findBase64(value) : null;
  if (key?.length !== KEY_BYTES) throw new KeyServiceFault(`${service} answered with no key`);
  return key;
}

/** A member of an answer, whatever that turns out to be. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
