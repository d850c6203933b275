import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** Notes that only their user can read. Title and body are encrypted values (docs/vault-format.md). */
export interface VaultNotesTable {
  user_id: string;
  /** A UUID of the browser's, and the record that the encryption binds. */
  id: string;
  title: string;
  body: string;
  /** Counts the changes: who wants the next one says which they saw. */
  revision: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export type VaultNote = Selectable<VaultNotesTable>;
export type NewVaultNote = Insertable<VaultNotesTable>;
export type VaultNoteUpdate = Updateable<VaultNotesTable>;
