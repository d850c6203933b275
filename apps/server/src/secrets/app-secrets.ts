import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import {
  constantTimeEqual,
  makeSignature,
  symmetricDecrypt,
  symmetricEncrypt,
} from 'better-auth/crypto';

/** A stored value, opened. */
export interface Decrypted {
  /** Secret. */
  readonly data: string;
  /** Index in `accepted` of the secret that opened it; 0 is the current one. */
  readonly secretIndex: number;
}

/**
 * The secrets that this server signs and encrypts with. Everything new uses the current one; what was signed
 * or encrypted under another accepted one is still good, so that a secret can be changed while servers run
 * and without signing anybody out.
 */
export interface AppSecrets {
  /** Secret. */
  readonly current: string;
  /** Secret. All whose signatures and ciphertexts are accepted, the current one first. */
  readonly accepted: readonly string[];
  /**
   * `value`, a dot, and its HMAC-SHA-256 under a key for that purpose (base64url, 43 characters). A
   * signature for one purpose, such as the name of a cookie, is worthless for the others.
   */
  sign(value: string, purpose: string): string;
  /** The value that was signed for this purpose under an accepted secret, else undefined. In constant time. */
  verify(signed: string, purpose: string): string | undefined;
  /** The value of one of Better Auth's signed cookies, signed under an accepted secret, else undefined. */
  verifyAuthCookie(signed: string): Promise<string | undefined>;
  /** Encrypts under the current secret, in Better Auth's form (XChaCha20-Poly1305, hexadecimal). */
  encrypt(data: string): Promise<string>;
  /** Opens what `encrypt` or Better Auth wrote under an accepted secret. Throws `UndecryptableError`. */
  decrypt(stored: string): Promise<Decrypted>;
}

/** No accepted secret opens a stored value, or it was tampered with. The message says where to look. */
export class UndecryptableError extends Error {
  override readonly name = 'UndecryptableError';

  constructor() {
    super(
      "it can't be decrypted: neither MANA_AUTH_SECRET nor MANA_AUTH_ACCEPTED_SECRETS holds the secret it was stored with",
    );
  }
}

/** Puts the secrets to use: the current one, and earlier or future ones that are accepted as well. */
export function createAppSecrets(current: string, others: readonly string[]): AppSecrets {
  const accepted = [current, ...others.filter((secret) => secret !== current)];
  return {
    current,
    accepted,
    sign: (value, purpose) => `${value}.${hmac(current, purpose, value).toString('base64url')}`,
    verify(signed, purpose) {
      const { value, signature } = splitSigned(signed);
      const bytes = Buffer.from(signature, 'base64url');
      // Only one text for each signature: the decoder skips characters that aren't base64url.
      if (bytes.toString('base64url') !== signature) return undefined;
      const isRight = accepted.some((secret) => {
        const expected = hmac(secret, purpose, value);
        return expected.length === bytes.length && timingSafeEqual(expected, bytes);
      });
      return isRight ? value : undefined;
    },
    async verifyAuthCookie(signed) {
      const { value, signature } = splitSigned(signed);
      for (const secret of value ? accepted : []) {
        if (constantTimeEqual(signature, await makeSignature(value, secret))) return value;
      }
      return undefined;
    },
    encrypt: (data) => symmetricEncrypt({ key: current, data }),
    async decrypt(stored) {
      // Better Auth's versioned secrets put their number in front; trying them all shows which one it was.
      const ciphertext = stored.replace(/^\$ba\$\d+\$/, '');
      for (const [secretIndex, key] of accepted.entries()) {
        const data = await symmetricDecrypt({ key, data: ciphertext }).catch(() => undefined);
        if (data !== undefined) return { data, secretIndex };
      }
      throw new UndecryptableError();
    },
  };
}

/** The key is derived (HKDF, RFC 5869), so that it differs from Better Auth's, and for each purpose. */
function hmac(secret: string, purpose: string, value: string): Buffer {
  const key = hkdfSync('sha256', secret, '', `mana-auth signature ${purpose}`, 32);
  return createHmac('sha256', Buffer.from(key)).update(value).digest();
}

function splitSigned(signed: string): { value: string; signature: string } {
  const dot = signed.lastIndexOf('.');
  return { value: signed.slice(0, Math.max(dot, 0)), signature: signed.slice(dot + 1) };
}
