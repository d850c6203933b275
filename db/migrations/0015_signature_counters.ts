import { type Kysely, sql } from 'kysely';

/** A signature counter is an unsigned number of 32 bits (WebAuthn Level 3, section 6.1): integer is too small. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table auth.passkeys alter column counter type bigint`.execute(db);
}
