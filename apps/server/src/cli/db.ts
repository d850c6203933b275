import type { Drift } from '@mana/db/catalog/drift';
import { checkSchema } from '@mana/db/migrate/check-schema';
import { findUnservable } from '@mana/db/migrate/find-unservable';
import type { Command } from 'commander';
import { readConfig } from '../config/env.ts';
import { readDatabaseRoles } from '../readiness/database-roles.ts';
import { findDatabaseAddresses, withDatabase } from './installation.ts';

/** Adds `mana db …`. */
export function addDatabaseCommands(program: Command): void {
  const db = program.command('db').description('Inspect the database in use, embedded or not.');

  db.command('check')
    .description(
      'Compare the schema with the one that this version expects. Lists each difference; exits 1 if one of them keeps this version from serving.',
    )
    .option('--strict', 'exit 1 at any difference')
    .action(async ({ strict }: { strict?: true }) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      const { problems, warnings } = await checkDatabase(appUrl);
      const lines = [...problems, ...warnings.map((warning) => `warning: ${warning}`)];
      const answer = lines.length > 0 ? lines : ['The database is as this version expects it.'];
      for (const line of answer) process.stdout.write(`${line}\n`);
      process.exitCode = (strict ? lines : problems).length === 0 ? 0 : 1;
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
async function checkDatabase(url: string): Promise<Drift> {
  return withDatabase(url, async (db) => {
    const unservable = await findUnservable(db);
    if (unservable.length > 0) return { problems: unservable, warnings: [] };
    const { migrations, schema } = await checkSchema(db, await readDatabaseRoles(db));
    return {
      problems: [...migrations.problems, ...schema.problems],
      warnings: [...migrations.warnings, ...schema.warnings],
    };
  });
}
