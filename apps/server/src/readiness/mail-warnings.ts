import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { listWaitingMails } from '../mail/outbox.repository.ts';

/** A mail that waits for longer was not delivered at the first attempt. */
const OVERDUE_MS = 30_000;

/** One line for each kind of mail that waits for longer than half a minute. Names no recipient. */
export async function findMailWarnings(db: Kysely<Database>, now: Date): Promise<string[]> {
  const waiting = await listWaitingMails(db);
  return waiting
    .filter(({ oldest }) => now.getTime() - oldest.getTime() > OVERDUE_MS)
    .map(({ kind, count, oldest, lastError }) => {
      const reason = lastError === null ? '' : `: ${lastError}`;
      return `${count} mails (${kind}) wait for delivery, the oldest since ${oldest.toISOString()}${reason}`;
    });
}
