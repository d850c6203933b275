import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { AppSecrets } from '../../../secrets/app-secrets.ts';
import { openBackupCodes, sealBackupCodes } from './backup-codes.ts';
import { openTotpKey, sealTotpKey } from './stored-totp-key.ts';

const BATCH_ROWS = 500;

interface StoredSecrets {
  readonly secret: string;
  readonly backup_codes: string | null;
}

interface Move {
  readonly userId: string;
  readonly from: StoredSecrets;
  readonly to: StoredSecrets;
}

/**
 * Encrypts under the current secret, and bound to its user, every second factor that an accepted secret
 * opens or that an older database holds in plain text, in batches. Safe to repeat, to interrupt and to run beside servers: a row is
 * replaced only if it is as it was read; if its user changed it meanwhile, it is read again. What can't be
 * opened stays as it is, and its user is listed.
 */
export async function reencryptSecondFactors(
  db: Kysely<Database>,
  secrets: AppSecrets,
): Promise<{ moved: number; unopened: string[] }> {
  const unopened = new Set<string>();
  let moved = 0;
  for (let after = ''; ; ) {
    const rows = await readBatch(db, after);
    const last = rows.at(-1);
    if (!last) return { moved, unopened: [...unopened] };
    const moves: Move[] = [];
    for (const { user_id: userId, ...from } of rows) {
      const secret = await orUndefined(moveTotpKey(secrets, userId, from.secret));
      const codes = await orUndefined(moveBackupCodes(secrets, userId, from.backup_codes));
      if (secret === undefined || codes === undefined) unopened.add(userId);
      const to = {
        secret: secret ?? from.secret,
        backup_codes: codes === undefined ? from.backup_codes : codes,
      };
      const isMoved = to.secret !== from.secret || to.backup_codes !== from.backup_codes;
      if (isMoved) moves.push({ userId, from, to });
    }
    const written = await writeMoves(db, moves);
    moved += written;
    if (written === moves.length) after = last.user_id;
  }
}

async function readBatch(db: Kysely<Database>, after: string) {
  return db
    .selectFrom('auth.two_factor_auth')
    .select(['user_id', 'secret', 'backup_codes'])
    .where('user_id', '>', after)
    .orderBy('user_id')
    .limit(BATCH_ROWS)
    .execute();
}

/** The same key as it is written now; `stored` itself if it is that already. */
async function moveTotpKey(secrets: AppSecrets, userId: string, stored: string): Promise<string> {
  const { key, isCurrent } = await openTotpKey(secrets, userId, stored);
  return isCurrent ? stored : sealTotpKey(secrets, userId, key);
}

async function moveBackupCodes(
  secrets: AppSecrets,
  userId: string,
  stored: string | null,
): Promise<string | null> {
  const { codes, isCurrent } = await openBackupCodes(secrets, userId, stored);
  return isCurrent ? stored : sealBackupCodes(secrets, userId, codes);
}

async function orUndefined<T>(opening: Promise<T>): Promise<T | undefined> {
  return opening.catch(() => undefined);
}

/** Answers how many rows were still as they had been read, and have been replaced. */
async function writeMoves(db: Kysely<Database>, moves: readonly Move[]): Promise<number> {
  if (moves.length === 0) return 0;
  const column = <T>(of: (move: Move) => T) => sql`${moves.map(of)}::text[]`;
  const { numAffectedRows } = await sql`
    update auth.two_factor_auth as stored
    set secret = move.to_secret, backup_codes = move.to_codes
    from unnest(
      ${column((move) => move.userId)},
      ${column((move) => move.from.secret)},
      ${column((move) => move.from.backup_codes)},
      ${column((move) => move.to.secret)},
      ${column((move) => move.to.backup_codes)}
    ) as move (user_id, from_secret, from_codes, to_secret, to_codes)
    where stored.user_id = move.user_id
      and stored.secret = move.from_secret
      and stored.backup_codes is not distinct from move.from_codes
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}
