import { type KekId, parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { ServerWrap } from '@mana/auth-core/vault/keys/key-provider';
import type { KeyOwner } from '@mana/auth-core/vault/wraps/master-key-wrap';
import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Kek } from '@mana/db/schema/vault';
import type { Kysely } from 'kysely';

const FOREIGN_KEY_VIOLATION = '23503';

/** Every registered KEK: those that vaults may name. */
export async function listKeks(db: Kysely<Database>): Promise<Kek[]> {
  return db.selectFrom('auth.keks').selectAll().orderBy('kek_id').execute();
}

/** Registers a KEK, so that vaults may name it, with a wrap that tells it from another key of that name. An existing wrap stays. */
export async function registerKek(
  db: Kysely<Database>,
  kekId: KekId,
  check: ServerWrap,
): Promise<void> {
  const columns = {
    check_wrapped: check.wrapped,
    check_iv: check.iv,
    check_format_version: check.formatVersion,
  };
  await db
    .insertInto('auth.keks')
    .values({ kek_id: kekId, ...columns })
    .onConflict((conflict) =>
      conflict.column('kek_id').doUpdateSet(columns).where('auth.keks.check_wrapped', 'is', null),
    )
    .execute();
}

/** A wrap under this KEK from a user's vault, and whose it is. */
export async function findSample(
  db: Kysely<Database>,
  userId: string,
  kekId: string,
): Promise<{ readonly wrap: ServerWrap; readonly owner: KeyOwner } | undefined> {
  const row = await asUser(db, userId, (trx) =>
    trx
      .selectFrom('auth.encryption_vaults')
      .select(['wrapped_mk', 'wrap_iv', 'format_version', 'generation'])
      .where('user_id', '=', userId)
      .where('kek_id', '=', kekId)
      .executeTakeFirst(),
  );
  if (!row || row.wrapped_mk === null || row.wrap_iv === null) return undefined;
  const { wrapped_mk: wrapped, wrap_iv: iv, format_version: formatVersion, generation } = row;
  const owner = { userId: parseUserId(userId), generation };
  return { wrap: { wrapped, iv, formatVersion, kekId }, owner };
}

/**
 * Takes a KEK out of those that vaults may name. Postgres itself refuses while any vault names it, whoever
 * may see that vault: the foreign key bypasses row-level security, and covers vaults being written right now.
 */
export async function retireKek(
  db: Kysely<Database>,
  kekId: string,
): Promise<'retired' | 'unknown' | 'in-use'> {
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
