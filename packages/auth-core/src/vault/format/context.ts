import { type Bytes, concatBytes } from './bytes.ts';

/** What a key or a ciphertext is for. One can't be used for another. */
export type Purpose = 'master-key' | 'recovery' | 'passkey' | 'field' | 'possession';

/** What a sealed value is and whom it belongs to. */
export interface Subject {
  readonly purpose: Purpose;
  /** A user's id. */
  readonly owner: string;
  /** Of the owner's key, from -2^31 to 2^31-1, as the column. */
  readonly generation: number;
  /** Where it belongs among the owner's: a credential id; or a record's id and a field's name. */
  readonly location: readonly string[];
}

/** A subject, and how it is sealed. */
export interface Context extends Subject {
  readonly formatVersion: 2 | 3;
  /** Empty where no key-encryption key is involved. */
  readonly kekId: string;
  /** Format 3 only: the one-time key as the key service sealed it. */
  readonly sealedKey?: Bytes;
}

const LABEL = 'mana-vault';

/**
 * The bytes that bind a sealed value to its context. Two contexts never encode to the same bytes: the
 * number of parts comes first, and each part begins with its length.
 *
 * Throws a `TypeError` for text that has no UTF-8 (two such texts would encode alike), for an empty owner
 * and for a generation that isn't a 32-bit integer. See `docs/vault-format.md`, "The context".
 */
export function encodeContext(context: Context): Bytes {
  const { formatVersion, purpose, owner, kekId, generation, location, sealedKey } = context;
  if (owner === '') throw new TypeError('A vault context needs an owner');
  const parts = [
    encodeText(LABEL),
    encodeInteger(formatVersion),
    encodeText(purpose),
    encodeText(owner),
    encodeText(kekId),
    encodeInteger(generation),
    ...location.map(encodeText),
    ...(sealedKey ? [sealedKey] : []),
  ];
  return concatBytes(
    encodeInteger(parts.length),
    ...parts.flatMap((part) => [encodeInteger(part.length), part]),
  );
}

/**
 * A context as HKDF's info: its SHA-256. Node accepts at most 1,024 bytes of info, and a credential id
 * alone may be longer.
 */
export async function toInfo(context: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', context));
}

function encodeText(text: string): Bytes {
  if (!text.isWellFormed()) throw new TypeError('A vault context takes well-formed text only');
  return new TextEncoder().encode(text);
}

/** Four bytes, big-endian, two's complement. */
function encodeInteger(value: number): Bytes {
  if ((value | 0) !== value) throw new TypeError('A vault context takes 32-bit integers only');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}
