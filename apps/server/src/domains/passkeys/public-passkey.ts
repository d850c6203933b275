import type { Passkey } from '@mana/db/schema/passkeys';
import { findAuthenticatorName } from './authenticator-name.ts';

/** A passkey as its user may see it. */
export interface PublicPasskey {
  readonly id: string;
  /** Base64url. */
  readonly credentialId: string;
  /** As the user calls it; until they do, the authenticator's name. */
  readonly name: string;
  /** The product that keeps it, or null where it doesn't say. */
  readonly authenticatorName: string | null;
  readonly aaguid: string | null;
  /** `synced` among the user's devices, or bound to the one it was made on. */
  readonly kind: 'synced' | 'device-bound';
  /** Whether a copy exists beyond the device, as far as the authenticator said when it was last used. */
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

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
