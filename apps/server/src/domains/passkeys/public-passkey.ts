import { createHash } from 'node:crypto';
import type { Passkey } from '@mana/db/schema/passkeys';
import { findAuthenticatorName } from './authenticator-name.ts';

/** A passkey as its user sees it. */
export interface PublicPasskey {
  readonly id: string;
  /** Base64url. */
  readonly credentialId: string;
  /** The user's name for it; until they give one, the authenticator's. */
  readonly name: string;
  /** The product that keeps it; null if that is unknown. */
  readonly authenticatorName: string | null;
  readonly aaguid: string | null;
  /** `synced` among the user's devices, or bound to the one it was created on. */
  readonly kind: 'synced' | 'device-bound';
  /** Whether it is backed up, as the authenticator said when it was last used. */
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Leaves out the public key and the counter. */
export function toPublicPasskey(passkey: Omit<Passkey, 'public_key' | 'counter'>): PublicPasskey {
  const authenticatorName = findAuthenticatorName(passkey.aaguid);
  return {
    id: passkey.id,
    credentialId: passkey.credential_id,
    name: passkey.name ?? authenticatorName ?? 'Passkey',
    authenticatorName: authenticatorName ?? null,
    aaguid: passkey.aaguid,
    kind: passkey.device_type === 'multiDevice' ? 'synced' : 'device-bound',
    backedUp: passkey.backed_up,
    transports: passkey.transports?.split(',').filter(Boolean) ?? [],
    createdAt: passkey.created_at,
    lastUsedAt: passkey.last_used_at,
  };
}

/**
 * The id by which authenticators know a user (WebAuthn Level 3, section 14.6.1): 32 bytes, the same at
 * every registration, so that an authenticator keeps one passkey per account and replaces it. It reveals
 * nothing about the user.
 */
export function deriveUserHandle(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    createHash('sha256').update(`mana webauthn user handle:${userId}`).digest(),
  );
}
