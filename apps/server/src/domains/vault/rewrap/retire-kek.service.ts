import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';

export type Retirement = 'retired' | 'unknown' | 'in-use';

const FOREIGN_KEY_VIOLATION = '23503';

/**
 * Takes a KEK out of those that vaults may name. Postgres itself refuses while any vault does, whoever sees
 * it: the foreign key is checked past row-level security, and against vaults being written right now.
 */
export async function retireKek(db: Kysely<Database>, kekId: string): Promise<Retirement> {
  try {
    const { numDeletedRows } = await db
      .deleteFrom('auth.keks')
      .where('kek_id', '=', kekId)
      .executeTakeFirst();
    return numDeletedRows > 0n ? 'retired' : 'unknown';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === FOREIGN_KEY_VIOLATION) {
      return 'in-use';
    }
    throw error;
  }
}
