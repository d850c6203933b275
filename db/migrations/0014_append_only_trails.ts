import { type Kysely, sql } from 'kysely';

/** Tables whose rows nobody may change or remove, not even the owner (S30). */
const AUDIT_LOGS = ['auth.security_events', 'auth.encryption_vault_audit'];

/**
 * A row trigger doesn't see TRUNCATE, so each audit log has two. Privileges would bind only the plain role:
 * an owner always has them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function auth.refuse_change() returns trigger
    language plpgsql
    set search_path = pg_catalog
    as $$
    begin
      raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
    end
    $$
  `.execute(db);
  for (const log of AUDIT_LOGS) {
    await sql`
      create or replace trigger refuse_change before update or delete on ${sql.table(log)}
      for each row execute function auth.refuse_change()
    `.execute(db);
    await sql`
      create or replace trigger refuse_truncate before truncate on ${sql.table(log)}
      for each statement execute function auth.refuse_change()
    `.execute(db);
  }
}
