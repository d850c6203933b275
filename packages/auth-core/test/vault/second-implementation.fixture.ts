import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

/*
 * docs/vault-format.md implemented a second time, with node:crypto and none of our code: it imports nothing
 * from `src`. It takes its IVs as arguments, so that it can make the test vectors.
 */

export interface ContextParts {
  readonly version: number;
  readonly purpose: string;
  readonly owner: string;
  readonly kekId: string;
  readonly generation: number;
  readonly rest: readonly (string | Buffer)[];
}

export function context(given: ContextParts): Buffer {
  const { version, purpose, owner, kekId, generation, rest } = given;
  const parts = ['mana-vault', number(version), purpose, owner, kekId, number(generation), ...rest];
  return Buffer.concat([number(parts.length), ...parts.map(withLength)]);
}

export function seal(secret: Buffer, iv: Buffer, plaintext: Buffer, info: Buffer): Buffer {
  const [key, check] = keyAndCheck(secret, info);
  return Buffer.concat([check, gcmSeal(key, iv, plaintext, info)]);
}

export function open(secret: Buffer, iv: Buffer, sealed: Buffer, info: Buffer): Buffer {
  const [key, check] = keyAndCheck(secret, info);
  if (!sealed.subarray(0, 32).equals(check)) throw new Error('the key check value differs');
  return gcmOpen(key, iv, sealed.subarray(32), info);
}

/** Format 3, for a service that sealed `oneTimeKey` to `sealedKey`. */
export function sealUnderService(
  keys: { oneTimeKey: Buffer; sealedKey: Buffer },
  iv: Buffer,
  plaintext: Buffer,
  parts: ContextParts,
): Buffer {
  const { oneTimeKey, sealedKey } = keys;
  const info = context({ ...parts, rest: [...parts.rest, sealedKey] });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sealedKey.length);
  return Buffer.concat([length, sealedKey, seal(oneTimeKey, iv, plaintext, info)]);
}

export function splitServiceWrap(sealed: Buffer): { sealedKey: Buffer; rest: Buffer } {
  const end = 2 + sealed.readUInt16BE(0);
  return { sealedKey: sealed.subarray(2, end), rest: sealed.subarray(end) };
}

export function gcmSeal(key: Buffer, iv: Buffer, plaintext: Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(data);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function gcmOpen(key: Buffer, iv: Buffer, sealed: Buffer, data: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAAD(data).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

export function recoveryKeyOfFormat1(secret: Buffer): Buffer {
  return hkdf(secret, Buffer.from('mana-recovery-v1'), 32);
}

export function fieldKey(masterKey: Buffer, parts: ContextParts): Buffer {
  return hkdf(masterKey, sha256(context({ ...parts, rest: [] })), 32);
}

export function proof(masterKey: Buffer, parts: ContextParts): Buffer {
  return hkdf(masterKey, sha256(context(parts)), 32);
}

export function verifier(proofBytes: Buffer): Buffer {
  return sha256(proofBytes);
}

/** Bech32m as in BIP 350, with bits as a string of 0 and 1. */
export function recoveryCode(secret: Buffer): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bits = [...secret].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const symbols = (`${bits}0000`.match(/.{5}/g) ?? []).map((five) => Number.parseInt(five, 2));
  const before = [alphabet.indexOf('M'), alphabet.indexOf('1'), ...symbols];
  const rest = polymod([...before, 0, 0, 0, 0, 0, 0]) ^ 0x2bc830a3n;
  const checksum = [25n, 20n, 15n, 10n, 5n, 0n].map((shift) => Number((rest >> shift) & 31n));
  const code = [...before, ...checksum].map((symbol) => alphabet.charAt(symbol)).join('');
  return (code.match(/.{5}/g) ?? []).join('-');
}

/** As a division of polynomials over GF(32), one bit of the generator's table at a time, in big integers. */
function polymod(symbols: readonly number[]): bigint {
  const generator = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n];
  return symbols.reduce((remainder, symbol) => {
    const shifted = ((remainder % 2n ** 25n) * 32n) ^ BigInt(symbol);
    const top = remainder / 2n ** 25n;
    return generator.reduce(
      (sum, term, bit) => ((top >> BigInt(bit)) % 2n === 1n ? sum ^ term : sum),
      shifted,
    );
  }, 1n);
}

function keyAndCheck(secret: Buffer, info: Buffer): [Buffer, Buffer] {
  const both = hkdf(secret, sha256(info), 64);
  return [both.subarray(0, 32), both.subarray(32)];
}

function hkdf(secret: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, length));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function withLength(part: string | Buffer): Buffer {
  const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
  return Buffer.concat([number(bytes.length), bytes]);
}
