import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** A user's master key, wrapped by the server, by a recovery code, or by both. All wraps are base64. */
export interface EncryptionVaultsTable {
  user_id: string;
  wrapped_mk: string | null;
  wrap_iv: string | null;
  format_version: Generated<number>;
  /** The key that `wrapped_mk` is wrapped under. */
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
  /** Counts the user's changes to this row: whoever makes the next one says which they saw. */
  revision: Generated<number>;
  /** Shows whether somebody has the master key (docs/vault-format.md). Null where none is stored. */
  possession_verifier: string | null;
}

/** A row of `auth.encryption_vaults` as it is read. */
export type EncryptionVault = Selectable<EncryptionVaultsTable>;
/** A row of `auth.encryption_vaults` as it is inserted: columns with a default may be left out. */
export type NewEncryptionVault = Insertable<EncryptionVaultsTable>;
/** The columns of `auth.encryption_vaults` to change. */
export type EncryptionVaultUpdate = Updateable<EncryptionVaultsTable>;

/** What was done with a vault, failures too. Rows are only ever added, and outlive their user. */
export interface EncryptionVaultAuditTable {
  id: Generated<string>;
  user_id: string;
  action: string;
  ip_address: string | null;
  user_agent: string | null;
  context: string | null;
  status: string | null;
  created_at: Generated<Date>;
}

/** A user's master key, wrapped under a key that one of their passkeys derives. Base64. */
export interface VaultPasskeyWrapsTable {
  passkey_id: string;
  user_id: string;
  /** Of the master key; always equal to that of the user's vault. */
  generation: number;
  wrapped_mk: string;
  wrap_iv: string;
  format_version: number;
  created_at: Generated<Date>;
}

/** A row of `auth.vault_passkey_wraps` as it is read. */
export type VaultPasskeyWrap = Selectable<VaultPasskeyWrapsTable>;
/** A row of `auth.vault_passkey_wraps` as it is inserted: columns with a default may be left out. */
export type NewVaultPasskeyWrap = Insertable<VaultPasskeyWrapsTable>;

/** A key-encryption key that vaults may name. The key itself isn't in the database. */
export interface KeksTable {
  kek_id: string;
  /** 32 zero bytes, wrapped under it: exposes a wrong key of that name. Null until a server had it active. */
  check_wrapped: string | null;
  check_iv: string | null;
  check_format_version: number | null;
  /** Vaults under it when the table was created: they expose a wrong key while there is no check. */
  specimen_user_ids: Generated<string[]>;
  created_at: Generated<Date>;
}

/** A row of `auth.keks` as it is read. */
export type Kek = Selectable<KeksTable>;

/** Notes that only their user can read. Title and body are encrypted values (docs/vault-format.md). */
export interface VaultNotesTable {
  user_id: string;
  /** A UUID from the browser; the encryption is bound to it. */
  id: string;
  title: string;
  body: string;
  /** Counts the changes: whoever makes the next one says which they saw. */
  revision: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** A row of `auth.vault_notes` as it is read. */
export type VaultNote = Selectable<VaultNotesTable>;
/** A row of `auth.vault_notes` as it is inserted: columns with a default may be left out. */
export type NewVaultNote = Insertable<VaultNotesTable>;
/** The columns of `auth.vault_notes` to change. */
export type VaultNoteUpdate = Updateable<VaultNotesTable>;
