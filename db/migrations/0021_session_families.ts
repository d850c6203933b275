import { type Kysely, sql } from 'kysely';

/**
 * A session gets a new row, with a new id and token, at each proof and each change of how its user signs
 * in. `family_id` is the id of its first row, null in that row itself, and `replaced_at` ends all but the
 * newest. `amr` says by which factors it was last proven; null in rows of earlier versions.
 *
 * What a session has asked for, and what isn't confirmed yet, names that family.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table auth.sessions
      add column if not exists family_id text,
      add column if not exists replaced_at timestamptz,
      add column if not exists amr text[]
  `.execute(db);
  for (const table of ['auth.verification', 'auth.two_factor_auth']) {
    await sql`
      alter table ${sql.table(table)} add column if not exists session_family_id text
    `.execute(db);
  }
}
