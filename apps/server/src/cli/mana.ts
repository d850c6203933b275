import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { MigrationBlockedError } from '@mana/db/migrations/migration-blocked-error';
import { Command } from 'commander';
import { ConfigurationError } from '../config/config.ts';
import { addDatabaseCommands } from './db.ts';
import { DatabaseNotFoundError } from './installation.ts';
import { addKeyCommands } from './keys.ts';
import { addMigrateCommand } from './migrate.ts';
import { addOutboxCommand } from './outbox.ts';
import { addUserCommands } from './users.ts';
import { addVaultCommands } from './vault.ts';

const program = new Command('mana').description('Administer a mana-auth server.');
addDatabaseCommands(program);
addKeyCommands(program);
addMigrateCommand(program);
addOutboxCommand(program);
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
  process.stderr.write(isExpected ? `${message}\n` : `mana failed: ${message}\n`);
  process.exitCode = 1;
}

/** Our own errors are written for users; what an operator needs to know is their cause. */
function describe(error: unknown): string {
  const shown = isAuthError(error) && error.cause instanceof Error ? error.cause : error;
  return shown instanceof Error ? shown.message || shown.name : String(shown);
}
