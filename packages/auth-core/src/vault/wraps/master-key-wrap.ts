import { type Bytes, wipeBytes } from '../format/bytes.ts';
import type { Subject } from '../format/context.ts';
import { expectSecret, SECRET_BYTES } from '../format/secret.ts';
import { toUnreadable } from '../format/unreadable.ts';
import type { UserId } from '../keys/ids.ts';
import type { KeyProvider, ServerWrap } from '../keys/key-provider.ts';

/** Whose master key it is, and which one: every rotation makes the next generation. */
export interface KeyOwner {
  readonly userId: UserId;
  readonly generation: number;
}

/** A new master key: 32 random bytes. The caller wipes them. */
export function generateMasterKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/** Wraps a user's master key under the active KEK, for `wrapped_mk`, `wrap_iv` and the columns beside them. */
export async function wrapMasterKey(
  provider: KeyProvider,
  masterKey: Bytes,
  owner: KeyOwner,
): Promise<ServerWrap> {
  expectSecret(masterKey, 'A master key');
  return provider.wrap(masterKey, toSubject(owner));
}

/**
 * Opens the wrap of this user and this generation. Throws VAULT_UNREADABLE for anything else. The caller
 * wipes the 32 bytes.
 */
export async function unwrapMasterKey(
  provider: KeyProvider,
  stored: ServerWrap,
  owner: KeyOwner,
): Promise<Bytes> {
  return expectMasterKey(await provider.unwrap(stored, toSubject(owner)));
}

/** Checks that what was unwrapped is a master key. If not, wipes it and throws VAULT_UNREADABLE. */
export function expectMasterKey(bytes: Bytes): Bytes {
  if (bytes.length === SECRET_BYTES) return bytes;
  wipeBytes(bytes);
  throw toUnreadable();
}

function toSubject({ userId, generation }: KeyOwner): Subject {
  return { purpose: 'master-key', owner: userId, generation, location: [] };
}
