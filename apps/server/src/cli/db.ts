import { checkDrift } from '@mana/db/catalog/drift';
import { findUnservable } from '@mana/db/migrate/find-unservable';
import { pendingMigrations } from '@mana/db/migrate/migrate';
import type { Command } from 'commander';
import { readConfig } from '../config/env.ts';
import { readDatabaseRoles } from '../readiness/database-roles.ts';
import { findDatabaseAddresses, withDatabase } from './installation.ts';

/** Adds `mana db …`. */
export function addDatabaseCommands(program: Command): void {
  const db = program.command('db').description('Inspect the database in use, embedded or not.');

  db.command('check')
    .description(
      'Compare the schema with the one that this version expects. Lists each difference; exits 1 if there is one.',
    )
    .action(async () => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      const problems = await checkDatabase(appUrl);
      const lines =
        problems.length > 0 ? problems : ['The database is as this version expects it.'];
      for (const line of lines) process.stdout.write(`${line}\n`);
      process.exitCode = problems.length === 0 ? 0 : 1;
    });

  db.command('url')
    .description(
      'Print the address of the database, as its owner, for psql and similar tools. It contains a password.',
    )
    .action(async () => {
      const { ownerUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${ownerUrl}\n`);
    });
}

/** One line for what can't be served, each pending migration and each difference from the expected schema. */
async function checkDatabase(url: string): Promise<string[]> {
  return withDatabase(url, async (db) => {
    const unservable = await findUnservable(db);
    if (unservable.length > 0) return unservable;
    const pending = await pendingMigrations(db);
    const drift = await checkDrift(db, await readDatabaseRoles(db));
    return [...pending.map((name) => `migration ${name} is pending`), ...drift];
  });
}
