import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';

/** More kinds than any database should have: two costs, Better Auth's scrypt, and room. */
const MOST_KINDS = 8;

/**
 * Verifies one stored hash of each kind before the server answers anybody. From the first attempt on, refusals
 * take as long as the slowest kind; otherwise, after every start, the first attempt on an old hash would stand
 * out.
 *
 * Reads the accounts once, and on a database that has only the current cost hashes once. If this fails, the
 * server starts all the same: it learns each kind from the first attempt on it.
 */
export async function primeRefusalDurations(
  db: Kysely<Database>,
  passwordHasher: Pick<PasswordHasher, 'verify'>,
  log: Log,
): Promise<void> {
  try {
    for (const hash of await findHashOfEachKind(db)) {
      await passwordHasher.verify({ hash, password: '' }).catch((error: unknown) => {
        log.debug({ err: error }, 'a stored password hash could not be timed');
      });
    }
  } catch (error) {
    log.warn({ err: error }, 'refused passwords may show which accounts have an older hash');
  }
}

/** One of each argon2id cost, one of scrypt, and one in any unknown form. */
async function findHashOfEachKind(db: Kysely<Database>): Promise<string[]> {
  const kind = sql<string>`
    case when password like '$argon2id$%' then split_part(password, '$', 4)
      when password ~ '^[0-9a-f]{32}:' then 'scrypt' end`;
  const rows = await db
    .selectFrom('auth.accounts')
    .select((eb) => eb.fn.min('password').as('hash'))
    .where('password', 'is not', null)
    .groupBy(kind)
    .limit(MOST_KINDS)
    .execute();
  return rows.flatMap(({ hash }) => hash ?? []);
}
