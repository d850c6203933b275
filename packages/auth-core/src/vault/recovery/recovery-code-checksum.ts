/** The generator of BIP 173 (x^0 to x^4 times x^30) and the constant of BIP 350. */
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;
const FINAL = 0x2bc830a3;
/** The symbols of a checksum: 30 bits. */
export const CHECKSUM_SYMBOLS = 6;

/** The remainder of symbols (0 to 31 each) divided by the generator: BIP 173's `polymod`. */
export function remainderOf(symbols: readonly number[]): number {
  let remainder = 1;
  for (const symbol of symbols) {
    const top = remainder >>> 25;
    remainder = ((remainder & 0x1ffffff) << 5) ^ symbol;
    for (const [bit, term] of GENERATOR.entries()) {
      if ((top >>> bit) & 1) remainder ^= term;
    }
  }
  return remainder;
}

/**
 * Six symbols to append (BIP 350, Bech32m). They find every error in up to four of up to 89 symbols, and so
 * any two symbols swapped wherever they are, and any two such swaps; of anything worse, all but one in 2^30.
 * They protect no secret: anybody can compute them.
 */
export function toChecksum(symbols: readonly number[]): number[] {
  const zeros = Array.from({ length: CHECKSUM_SYMBOLS }, () => 0);
  const remainder = remainderOf([...symbols, ...zeros]) ^ FINAL;
  return zeros.map((_, index) => (remainder >>> (5 * (CHECKSUM_SYMBOLS - 1 - index))) & 31);
}

/** Whether the last six symbols are the checksum of those before them. */
export function hasChecksum(symbols: readonly number[]): boolean {
  return remainderOf(symbols) === FINAL;
}
