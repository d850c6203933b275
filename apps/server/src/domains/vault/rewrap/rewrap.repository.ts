import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { WrapColumns } from '../keys/server-wrap.ts';

/** The server's wrap of a vault, with whose it is. */
export interface VaultWrap extends WrapColumns {
  readonly user_id: string;
  readonly generation: number;
  readonly zero_knowledge: boolean;
}

/** A wrap to replace another with; nulls for a vault that has none. */
export interface Replacement {
  readonly userId: string;
  readonly previous: string | null;
  readonly columns: WrapColumns;
}

/** How many users there are, deleted ones included. */
export async function countUsers(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('auth.users')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The next users in the order of their ids, deleted ones included. */
export async function listUserIds(
  db: Kysely<Database>,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('auth.users')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** The vaults of these users. */
export async function readWraps(
  db: Kysely<Database>,
  userIds: readonly string[],
): Promise<VaultWrap[]> {
  const { rows } = await sql<VaultWrap>`
    select user_id, wrapped_mk, wrap_iv, format_version, kek_id, generation, zero_knowledge
    from auth.read_vault_wraps(${userIds}::text[])
  `.execute(db);
  return rows;
}

/** All of a batch or none of it. Returns how many were replaced: those that were still as they had been read. */
export async function replaceWraps(
  db: Kysely<Database>,
  replacements: readonly Replacement[],
): Promise<number> {
  if (replacements.length === 0) return 0;
  const column = <T>(of: (one: Replacement) => T) => replacements.map(of);
  const { rows } = await sql<{ replaced: number }>`
    select auth.replace_vault_wraps(
      ${column(({ userId }) => userId)}::text[],
      ${column(({ previous }) => previous)}::text[],
      ${column(({ columns }) => columns.wrapped_mk)}::text[],
      ${column(({ columns }) => columns.wrap_iv)}::text[],
      ${column(({ columns }) => columns.format_version)}::smallint[],
      ${column(({ columns }) => columns.kek_id)}::text[]
    ) as replaced
  `.execute(db);
  return rows[0]?.replaced ?? 0;
}
