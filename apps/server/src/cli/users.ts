import type { Command } from 'commander';
import { clearLockout } from '../domains/auth/lockout/lockouts.repository.ts';
import { readConfig } from '../env.ts';
import { findDatabaseAddresses } from './find-database.ts';
import { withDatabase } from './with-database.ts';

/** Adds `mana users …`. */
export function addUserCommands(program: Command): void {
  program
    .command('users')
    .description('The accounts.')
    .command('unlock')
    .argument('<email>', 'address of the account')
    .description('End the lock that wrong passwords brought about, on every device.')
    .action(async (email: string) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${await unlockUser(appUrl, email)}\n`);
    });
}

/** Unlocks an account and says what was done. */
export async function unlockUser(url: string, address: string): Promise<string> {
  const email = address.trim().toLowerCase();
  const wasLocked = await withDatabase(url, (db) => clearLockout(db, email));
  return wasLocked
    ? `${email} can sign in again: what was counted against it is forgotten.`
    : `Nothing is counted against ${email}: it isn't locked. Is the address right?`;
}
