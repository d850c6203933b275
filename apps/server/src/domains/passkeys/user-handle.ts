import { createHash } from 'node:crypto';

/**
 * The id by which authenticators know a user (WebAuthn Level 3, section 14.6.1): 32 bytes, the same at
 * each registration, so that an authenticator keeps one passkey for the account and replaces it, and
 * nothing in it can be read.
 */
export function deriveUserHandle(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    createHash('sha256').update(`mana webauthn user handle:${userId}`).digest(),
  );
}
