import { checkDrift } from '@mana/db/catalog/drift';
import { pendingMigrations } from '@mana/db/migrate/migrate';
import { readDatabaseRoles } from '../readiness/database-roles.ts';
import { withDatabase } from './with-database.ts';

/** One line for each migration that is pending and each difference from the expected schema. */
export async function checkDatabase(url: string): Promise<string[]> {
  return withDatabase(url, async (db) => {
    const pending = await pendingMigrations(db);
    const drift = await checkDrift(db, await readDatabaseRoles(db));
    return [...pending.map((name) => `migration ${name} is pending`), ...drift];
  });
}
