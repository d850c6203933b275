import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** A key-encryption key that vaults may name. The key itself is nowhere in the database. */
export interface KeksTable {
  kek_id: string;
  /** 32 zero bytes, wrapped under it: tells a wrong key of that name. Null until a server had it active. */
  check_wrapped: string | null;
  check_iv: string | null;
  check_format_version: number | null;
  /** Vaults that stood under it when the table was made, to tell a wrong key before there is a check. */
  specimen_user_ids: Generated<string[]>;
  created_at: Generated<Date>;
}

export type Kek = Selectable<KeksTable>;
export type NewKek = Insertable<KeksTable>;
export type KekUpdate = Updateable<KeksTable>;
