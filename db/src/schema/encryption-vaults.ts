import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** A user's master key, wrapped by the server, by a recovery code, or by both. All wraps are base64. */
export interface EncryptionVaultsTable {
  user_id: string;
  wrapped_mk: string | null;
  wrap_iv: string | null;
  format_version: Generated<number>;
  /** The key that `wrapped_mk` is wrapped with. */
  kek_id: string | null;
  created_at: Generated<Date>;
  rotated_at: Date | null;
  recovery_wrapped_mk: string | null;
  recovery_iv: string | null;
  recovery_format_version: Generated<number>;
  recovery_set_at: Date | null;
  zero_knowledge: Generated<boolean>;
  /** Counts the user's master keys, from 1. */
  generation: Generated<number>;
  /** Counts the changes that the user made to this row: who wants the next one says which they saw. */
  revision: Generated<number>;
  /** Tells whether somebody has the master key (docs/vault-format.md). Null where none is known. */
  possession_verifier: string | null;
}

export type EncryptionVault = Selectable<EncryptionVaultsTable>;
export type NewEncryptionVault = Insertable<EncryptionVaultsTable>;
export type EncryptionVaultUpdate = Updateable<EncryptionVaultsTable>;
