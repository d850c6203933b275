import { type Bytes, concatBytes, wipeBytes } from '../format/bytes.ts';
import { encodeContext, type Subject } from '../format/context.ts';
import { openEnvelope, sealEnvelope } from '../format/envelope.ts';
import { importSecret, SECRET_BYTES } from '../format/secret.ts';
import { encodeWrap, parseWrap } from '../format/stored-wrap.ts';
import { toUnreadable } from '../format/unreadable.ts';
import type { KekId } from './ids.ts';
import type { KeyProvider } from './key-provider.ts';

/** Which key of a service to use, and what to bind the result to. */
export interface KeyServiceRequest {
  readonly kekId: string;
  /** Bound by the service (Transit: `associated_data`, KMS: the encryption context). Not secret. */
  readonly associatedData: Bytes;
}

/**
 * A service that keeps keys and encrypts with them on request, such as HashiCorp Transit or AWS KMS.
 *
 * `unseal` throws VAULT_UNREADABLE if the service refuses the bytes, and another error if it can't be
 * reached. Neither method wipes its input.
 */
export interface KeyService {
  readonly activeKekId: KekId;
  readonly kekIds: readonly KekId[];
  /** Seals a 32-byte key to at most 65,535 bytes. */
  seal(key: Bytes, request: KeyServiceRequest): Promise<Bytes>;
  unseal(sealed: Bytes, request: KeyServiceRequest): Promise<Bytes>;
}

const LENGTH_BYTES = 2;

/**
 * A key provider over a key service: each wrap has a one-time key of its own, which the service seals, and
 * is format 2 under that key. The service never sees what is wrapped, and however leniently it reads, what
 * it sealed is bound into the wrap. Format 3 of `docs/vault-format.md`.
 */
export function createServiceProvider(service: KeyService): KeyProvider {
  const { activeKekId, kekIds } = service;
  return {
    activeKekId,
    kekIds,

    async wrap(plaintext, subject) {
      const oneTimeKey = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
      try {
        const sealedKey = await service.seal(oneTimeKey, toRequest(subject, activeKekId));
        const context = toContext(subject, activeKekId, sealedKey);
        const secret = await importSecret(oneTimeKey);
        const { iv, sealed } = await sealEnvelope(secret, plaintext, context);
        const box = { iv, sealed: concatBytes(encodeLength(sealedKey), sealedKey, sealed) };
        return { ...encodeWrap(box, 3), kekId: activeKekId };
      } finally {
        wipeBytes(oneTimeKey);
      }
    },

    async unwrap(stored, subject) {
      const { kekId, formatVersion } = stored;
      if (formatVersion !== 3 || !kekIds.some((id) => id === kekId)) throw toUnreadable();
      const { iv, sealed } = parseWrap(stored);
      const end = LENGTH_BYTES + readLength(sealed);
      const sealedKey = sealed.slice(LENGTH_BYTES, end);
      const oneTimeKey = await service.unseal(sealedKey, toRequest(subject, kekId));
      try {
        const secret = await importSecret(oneTimeKey);
        const context = toContext(subject, kekId, sealedKey);
        return await openEnvelope(secret, { iv, sealed: sealed.slice(end) }, context);
      } finally {
        wipeBytes(oneTimeKey);
      }
    },
  };
}

function toRequest(subject: Subject, kekId: string): KeyServiceRequest {
  return { kekId, associatedData: encodeContext({ ...subject, formatVersion: 3, kekId }) };
}

function toContext(subject: Subject, kekId: string, sealedKey: Bytes): Bytes {
  return encodeContext({ ...subject, formatVersion: 3, kekId, sealedKey });
}

function encodeLength({ length }: Bytes): Bytes {
  if (length === 0 || length > 0xffff) throw new TypeError('A sealed key has 1 to 65,535 bytes');
  return Uint8Array.of(length >>> 8, length & 0xff);
}

function readLength(sealed: Bytes): number {
  const [high = 0, low = 0] = sealed;
  return high * 256 + low;
}
