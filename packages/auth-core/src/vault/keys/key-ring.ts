import { importAesKey, openAesGcm } from '../format/aes-gcm.ts';
import { type Bytes, wipeBytes } from '../format/bytes.ts';
import { encodeContext, type Subject } from '../format/context.ts';
import { openEnvelope, sealEnvelope } from '../format/envelope.ts';
import { expectSecret, importSecret } from '../format/secret.ts';
import { encodeWrap, parseWrap } from '../format/stored-wrap.ts';
import { toUnreadable } from '../format/unreadable.ts';
import type { KekId } from './ids.ts';
import type { KeyProvider, ServerWrap } from './key-provider.ts';

/** Unprotected key-encryption keys, on their way into a ring. */
export interface KeyRingMaterial {
  /** 32 bytes each, with distinct ids. Wiped once they are read. */
  readonly keks: readonly { readonly id: KekId; readonly bytes: Bytes }[];
  readonly activeKekId: KekId;
  /** For when no row is in format 1 any longer: it binds no user, so an old wrap could be swapped in. */
  readonly refusesFormat1?: boolean;
}

/** Derives subkeys for format 2; opens format 1, and encrypts nothing by itself. */
interface RingKey {
  readonly secret: CryptoKey;
  readonly format1: CryptoKey;
}

/**
 * The key provider in memory: several KEKs by id, of which the active one wraps and all unwrap. It holds
 * them as non-extractable keys. Writes format 2; reads format 1 too, for master keys of generation 1 only.
 *
 * Throws a `TypeError` for a KEK that isn't 32 bytes, for an id given twice and for an active one that is
 * missing.
 */
export async function createKeyRing(material: KeyRingMaterial): Promise<KeyProvider> {
  const { activeKekId, refusesFormat1 = false } = material;
  const keys = await importKeks(material);
  const active = keys.get(activeKekId);
  if (!active) throw new TypeError(`The active kek "${activeKekId}" is not on the ring`);

  return {
    activeKekId,
    kekIds: material.keks.map(({ id }) => id),

    async wrap(plaintext, subject) {
      const context = encodeContext({ ...subject, formatVersion: 2, kekId: activeKekId });
      const box = await sealEnvelope(active.secret, plaintext, context);
      return { ...encodeWrap(box, 2), kekId: activeKekId };
    },

    async unwrap(stored, subject) {
      const key = keys.get(stored.kekId);
      if (!key) throw toUnreadable();
      if (stored.formatVersion === 2) return openFormat2(key, stored, subject);
      if (stored.formatVersion !== 1 || refusesFormat1 || !mayBeFormat1(subject)) {
        throw toUnreadable();
      }
      return openAesGcm(key.format1, parseWrap(stored), new Uint8Array(0));
    },
  };
}

/** Format 1 binds nothing. It was written before there were generations, so it can only be of the first. */
function mayBeFormat1({ purpose, generation }: Subject): boolean {
  return purpose === 'master-key' && generation === 1;
}

function openFormat2(key: RingKey, stored: ServerWrap, subject: Subject): Promise<Bytes> {
  const context = encodeContext({ ...subject, formatVersion: 2, kekId: stored.kekId });
  return openEnvelope(key.secret, parseWrap(stored), context);
}

async function importKeks({ keks }: KeyRingMaterial): Promise<ReadonlyMap<string, RingKey>> {
  const keys = new Map<string, RingKey>();
  try {
    for (const { id, bytes } of keks) {
      expectSecret(bytes, 'A key-encryption key');
      if (keys.has(id)) throw new TypeError(`The kek "${id}" is given twice`);
      const secret = await importSecret(bytes);
      keys.set(id, { secret, format1: await importAesKey(bytes, ['decrypt']) });
    }
  } finally {
    wipeBytes(...keks.map(({ bytes }) => bytes));
  }
  return keys;
}
