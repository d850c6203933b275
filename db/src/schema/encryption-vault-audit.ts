import type { Generated, Insertable, Selectable } from 'kysely';

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

export type EncryptionVaultAuditEntry = Selectable<EncryptionVaultAuditTable>;
export type NewEncryptionVaultAuditEntry = Insertable<EncryptionVaultAuditTable>;
