import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { MigrationBlockedError } from '@mana/db/migrations/migration-blocked-error';
import { Command } from 'commander';
import { ConfigurationError } from '../config/config.ts';
import { readConfig } from '../config/env.ts';
import { checkDatabase } from './db-check.ts';
import { DatabaseNotFoundError, findDatabaseAddresses } from './find-database.ts';
import { addKeyCommands } from './keys.ts';
import { addMigrateCommand } from './migrate.ts';
import { addUserCommands } from './users.ts';
import { addVaultCommands } from './vault.ts';

const program = new Command('mana').description('Looks after a mana-auth server.');
const db = program.command('db').description('The database in use, embedded or not.');

db.command('check')
  .description(
    'Compare the schema with the one this version expects; exit 1 and name each difference.',
  )
  .action(async () => {
    const { appUrl } = await findDatabaseAddresses(readConfig());
    const problems = await checkDatabase(appUrl);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    if (problems.length === 0)
      process.stdout.write('The database is as this version expects it.\n');
    process.exitCode = problems.length === 0 ? 0 : 1;
  });

db.command('url')
  .description(
    "Print the owner's address of the database, for psql and friends. It holds a password.",
  )
  .action(async () => {
    const { ownerUrl } = await findDatabaseAddresses(readConfig());
    process.stdout.write(`${ownerUrl}\n`);
  });

addKeyCommands(program);
addMigrateCommand(program);
addUserCommands(program);
addVaultCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  const isExpected =
    error instanceof ConfigurationError ||
    error instanceof DatabaseNotFoundError ||
    error instanceof MigrationBlockedError;
  const message = describe(error);
  process.stderr.write(isExpected ? `${message}\n` : `mana could not do it: ${message}\n`);
  process.exitCode = 1;
}

/** Our own errors speak to users; what an operator wants to know is behind them. */
function describe(error: unknown): string {
  const told = isAuthError(error) && error.cause instanceof Error ? error.cause : error;
  return told instanceof Error ? told.message || told.name : String(told);
}
