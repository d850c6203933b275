import type { Command } from 'commander';
import { readConfig } from '../config/env.ts';
import {
  removeUsersSecondFactor,
  unlockUser,
} from '../domains/auth/account/user-support.service.ts';
import { findDatabaseAddresses } from './find-database.ts';
import { withDatabase } from './with-database.ts';

/** Adds `mana users …`. */
export function addUserCommands(program: Command): void {
  const users = program.command('users').description('The accounts.');

  users
    .command('unlock')
    .argument('<email>', 'address of the account')
    .description('End the lock that wrong passwords brought about, on every device.')
    .action(async (email: string) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${await describeUnlock(appUrl, email)}\n`);
    });

  users
    .command('remove-second-factor')
    .argument('<email>', 'address of the account')
    .description(
      'Let the password alone sign in again, for somebody who lost app and codes. Make sure first who asks.',
    )
    .action(async (email: string) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${await describeSecondFactorRemoval(appUrl, email)}\n`);
    });
}

/** Unlocks an account, which goes on the security trail, and says what was done. */
export async function describeUnlock(url: string, address: string): Promise<string> {
  const email = address.trim().toLowerCase();
  const command = 'mana users unlock';
  return (await withDatabase(url, (db) => unlockUser(db, email, command)))
    ? `${email} can sign in again: what was counted against it is forgotten.`
    : `Nothing is counted against ${email}: it isn't locked. Is the address right?`;
}

/** Takes an account's second factor away, which goes on the security trail, and says what was done. */
export async function describeSecondFactorRemoval(url: string, address: string): Promise<string> {
  const email = address.trim().toLowerCase();
  const command = 'mana users remove-second-factor';
  const outcome = await withDatabase(url, (db) => removeUsersSecondFactor(db, email, command));
  return {
    removed: `The second factor of ${email} is gone: the password alone signs in, until they set one up again.`,
    'had-none': `${email} has no second factor: the password alone signs in.`,
    'no-user': `There is no account with the address ${email}.`,
  }[outcome];
}
