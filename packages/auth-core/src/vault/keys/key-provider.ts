import type { Bytes } from '../format/bytes.ts';
import type { Subject } from '../format/context.ts';
import type { StoredWrap } from '../format/stored-wrap.ts';
import type { KekId } from './ids.ts';

/** A wrap under a key-encryption key of the server. */
export interface ServerWrap extends StoredWrap {
  /** As it stands in the row: `unwrap` doesn't trust it. */
  readonly kekId: string;
}

/**
 * Holds key-encryption keys, or reaches them, and never shows one. The same contract for the ring in
 * memory and for a key service.
 *
 * `unwrap` throws VAULT_UNREADABLE for whatever `wrap` didn't make for this subject, an unknown `kekId`
 * included. A service out of reach is another error, so that an outage never reads as a damaged vault.
 */
export interface KeyProvider {
  /** The key that wraps. */
  readonly activeKekId: KekId;
  /** Every key that unwraps, the active one included. */
  readonly kekIds: readonly KekId[];
  /** Leaves `plaintext` as it is; the caller wipes it. */
  wrap(plaintext: Bytes, subject: Subject): Promise<ServerWrap>;
  /** The caller wipes what comes out. */
  unwrap(stored: ServerWrap, subject: Subject): Promise<Bytes>;
}
