import type { Bytes } from '../format/bytes.ts';
import type { Subject } from '../format/context.ts';
import type { StoredWrap } from '../format/stored-wrap.ts';
import type { KekId } from './ids.ts';

/** A wrap under a key-encryption key of the server. */
export interface ServerWrap extends StoredWrap {
  /** As it is in the row: `unwrap` doesn't trust it. */
  readonly kekId: string;
}

/**
 * Wraps and unwraps under key-encryption keys, and never reveals one. The same contract holds for the key
 * ring in memory and for a key service.
 *
 * `unwrap` throws VAULT_UNREADABLE for anything that `wrap` didn't make for this subject, an unknown
 * `kekId` included. A service that can't be reached is another error, so that an outage never looks like a
 * damaged vault.
 */
export interface KeyProvider {
  /** The key that wraps. */
  readonly activeKekId: KekId;
  /** Every key that unwraps, the active one included. */
  readonly kekIds: readonly KekId[];
  /** Leaves `plaintext` unchanged; the caller wipes it. */
  wrap(plaintext: Bytes, subject: Subject): Promise<ServerWrap>;
  /** The caller wipes the result. */
  unwrap(stored: ServerWrap, subject: Subject): Promise<Bytes>;
}
