import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { constantTimeEqual, makeSignature, symmetricDecrypt } from 'better-auth/crypto';
import { isBound, openBound, type SecretContext, sealBound } from './bound-ciphertext.ts';

/** A stored value, opened. */
export interface Decrypted {
  /** Secret. */
  readonly data: string;
  /** Index in `accepted` of the secret that opened it; 0 is the current one. */
  readonly secretIndex: number;
  /** False if `encrypt` would protect it better: it is under another secret, or bound to nothing. */
  readonly isCurrent: boolean;
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
  /** Encrypts under the current secret. The result opens in this context alone. */
  encrypt(data: string, context: SecretContext): string;
  /**
   * Opens what `encrypt` wrote for this context under an accepted secret, and what Better Auth or an earlier
   * version wrote, which is bound to nothing. Throws `UndecryptableError`.
   */
  decrypt(stored: string, context: SecretContext): Promise<Decrypted>;
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
    encrypt: (data, context) => sealBound(current, data, context),
    async decrypt(stored, context) {
      const isInOurForm = isBound(stored);
      for (const [secretIndex, secret] of accepted.entries()) {
        const data = isInOurForm
          ? openBound(secret, stored, context)
          : await openUnbound(secret, stored);
        if (data !== undefined) {
          return { data, secretIndex, isCurrent: isInOurForm && secretIndex === 0 };
        }
      }
      throw new UndecryptableError();
    },
  };
}

/** Better Auth's form (XChaCha20-Poly1305, hexadecimal), in which earlier versions wrote too. */
async function openUnbound(secret: string, stored: string): Promise<string | undefined> {
  // Its versioned secrets put their number in front; trying them all shows which one it was.
  const data = stored.replace(/^\$ba\$\d+\$/, '');
  return symmetricDecrypt({ key: secret, data }).catch(() => undefined);
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
