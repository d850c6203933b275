import type { Command } from 'commander';
import { readConfig } from '../config/env.ts';
import {
  removeUsersSecondFactor,
  unlockUser,
} from '../domains/auth/account/user-support.service.ts';
import { normalizeEmail } from '../domains/auth/email-address.ts';
import { findDatabaseAddresses, withDatabase } from './installation.ts';

/** Adds `mana users …`. */
export function addUserCommands(program: Command): void {
  const users = program.command('users').description('Help users with their accounts.');

  users
    .command('unlock')
    .argument('<email>', 'email address of the account')
    .description('End a lock caused by wrong passwords, on every device.')
    .action(async (email: string) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${await describeUnlock(appUrl, email)}\n`);
    });

  users
    .command('remove-second-factor')
    .argument('<email>', 'email address of the account')
    .description(
      'Let a user who lost their app and backup codes sign in with the password alone. Verify their identity first.',
    )
    .action(async (email: string) => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      process.stdout.write(`${await describeSecondFactorRemoval(appUrl, email)}\n`);
    });
}

/** Unlocks an account, which is recorded as a security event, and says what was done. */
export async function describeUnlock(url: string, address: string): Promise<string> {
  const email = normalizeEmail(address);
  const command = 'mana users unlock';
  return (await withDatabase(url, (db) => unlockUser(db, email, command)))
    ? `${email} can sign in again: its failed attempts are forgotten.`
    : `${email} is not locked: it has no failed attempts. Is the address right?`;
}

/** Removes an account's second factor, which is recorded as a security event, and says what was done. */
export async function describeSecondFactorRemoval(url: string, address: string): Promise<string> {
  const email = normalizeEmail(address);
  const command = 'mana users remove-second-factor';
  const outcome = await withDatabase(url, (db) => removeUsersSecondFactor(db, email, command));
  return {
    removed: `The second factor of ${email} is removed: they sign in with the password alone until they set one up again.`,
    'had-none': `${email} has no second factor: they sign in with the password alone.`,
    'no-user': `There is no account with the address ${email}.`,
  }[outcome];
}
