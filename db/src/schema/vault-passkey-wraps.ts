import type { Generated, Insertable, Selectable } from 'kysely';

/** A user's master key, wrapped under what one of their passkeys computes. Base64. */
export interface VaultPasskeyWrapsTable {
  passkey_id: string;
  user_id: string;
  /** Of the master key. Always that of the user's vault. */
  generation: number;
  wrapped_mk: string;
  wrap_iv: string;
  format_version: number;
  created_at: Generated<Date>;
}

export type VaultPasskeyWrap = Selectable<VaultPasskeyWrapsTable>;
export type NewVaultPasskeyWrap = Insertable<VaultPasskeyWrapsTable>;
