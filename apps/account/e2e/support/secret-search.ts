/** Something that was written down, and where. */
export interface Writing {
  readonly where: string;
  readonly bytes: Buffer;
}

/** A secret as it may be written: each trace finds it, whatever is around it. */
export interface Traces {
  /** In the bytes as they are. */
  readonly bytes: readonly Buffer[];
  /** In the text without spaces, line breaks, dashes and escapes, in lower case. */
  readonly smallText: readonly string[];
  /** In the text with its percent signs and backslashes resolved. */
  readonly text: readonly string[];
}

/** For bytes: as they are, hex, numbers, and base64 in either alphabet at any offset. */
export function tracesOfBytes(secret: Buffer): Traces {
  return {
    bytes: [secret, Buffer.from(secret.toString('latin1'), 'utf8')],
    smallText: [secret.toString('hex'), [...secret].join(',')],
    text: [0, 1, 2].flatMap((before) => {
      const base64 = Buffer.concat([Buffer.alloc(before), secret, Buffer.alloc(2)]).toString(
        'base64',
      );
      // Without the characters that depend on the bytes around them.
      const inner = base64.slice(
        Math.ceil((before * 8) / 6),
        Math.floor(((before + secret.length) * 8) / 6),
      );
      return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  };
}

/** For a recovery code: any twelve consecutive characters. */
export function tracesOfCode(code: string): Traces {
  const characters = code.replace(/[^0-9A-Za-z]/g, '').toLowerCase();
  const dozens = Array.from({ length: characters.length - 11 }, (_, at) =>
    characters.slice(at, at + 12),
  );
  return { bytes: [], smallText: dozens, text: [] };
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SECRET_BYTES = 32;

/** The secret in a recovery code, between its two first characters and its checksum (docs/vault-format.md). */
export function readRecoverySecret(code: string): Buffer {
  const symbols = code.replaceAll('-', '').slice(2, -6);
  const bits = [...symbols].map((symbol) => CROCKFORD.indexOf(symbol).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.slice(0, SECRET_BYTES).map((byte) => Number.parseInt(byte, 2)));
}

/** Where a secret has been written down. */
export function findTraces(
  writings: readonly Writing[],
  { bytes, smallText, text }: Traces,
): string[] {
  return writings
    .filter((writing) => {
      const read = resolve(writing.bytes.toString('latin1'));
      const small = read.replace(/[\s-]/g, '').toLowerCase();
      return (
        bytes.some((trace) => writing.bytes.includes(trace)) ||
        text.some((trace) => read.includes(trace)) ||
        smallText.some((trace) => small.includes(trace))
      );
    })
    .map(({ where }) => where);
}

function resolve(written: string): string {
  const character = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  return written
    .replace(/%([0-9a-f]{2})/gi, character)
    .replace(/\\u00([0-9a-f]{2})/gi, character)
    .replaceAll('\\/', '/');
}
