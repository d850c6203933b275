import { setTimeout as delay } from 'node:timers/promises';
import { pendingMigrations } from '@mana/db/migrate/migrate';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';

const LOOK_EVERY_MS = 1000;

/**
 * Waits until no migration is pending: another process may be running them, or an operator has yet to.
 * Logs it once, and tells `onWait`. Throws when `signal` ends the wait.
 */
export async function waitForMigrations(
  db: Kysely<Database>,
  { log, onWait, signal }: { log: Log; onWait: (reason: string) => void; signal: AbortSignal },
): Promise<void> {
  let isLogged = false;
  for (;;) {
    const pending = await pendingMigrations(db);
    if (pending.length === 0) return;
    const reason = `waiting for ${pending.length} migrations, first ${pending[0]}: set MIGRATION_DATABASE_URL, or let the owner of the tables run them`;
    onWait(reason);
    if (!isLogged) log.warn(reason);
    isLogged = true;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
