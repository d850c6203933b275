import type { Database } from '@mana/db/schema/database';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { reencryptSigningKeys } from '../access-tokens/reencrypt-signing-keys.ts';
import { rotateSigningKeys } from '../access-tokens/rotate-signing-keys.ts';
import { SESSION_TTL_SECONDS } from '../better-auth/session-lifetime.ts';
import { readConfig } from '../config/env.ts';
import { reencryptSecondFactors } from '../domains/auth/two-factor/reencrypt-second-factors.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { describeTime } from './columns.ts';
import { findAppSecrets, findDatabaseAddresses, withDatabase } from './installation.ts';
import { describeSigningKeys } from './keys-list.ts';

/** Adds `mana keys …`. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('Manage the keys that sign access tokens, and the secret that encrypts them.');

  keys
    .command('list')
    .description('List the signing keys, with what each does now and which secret encrypts it.')
    .action(() =>
      withKeys(async (db, secrets) => describeSigningKeys(db, secrets, await readTime(db))),
    );

  keys
    .command('rotate')
    .description('Create a new signing key. It takes over by itself; nobody is signed out.')
    .action(() => withKeys(rotate));

  keys
    .command('reencrypt')
    .description(
      'Re-encrypt everything stored under an earlier secret with MANA_AUTH_SECRET. Safe to repeat.',
    )
    .action(() => withKeys(reencrypt));
}

/** Prints the lines that `work` returns. */
async function withKeys(
  work: (db: Kysely<Database>, secrets: AppSecrets) => Promise<string[]>,
): Promise<void> {
  const config = readConfig();
  const secrets = await findAppSecrets(config);
  const { appUrl } = await findDatabaseAddresses(config);
  for (const line of await withDatabase(appUrl, (db) => work(db, secrets))) {
    process.stdout.write(`${line}\n`);
  }
}

async function rotate(db: Kysely<Database>, secrets: AppSecrets): Promise<string[]> {
  const { kid, signsFrom, olderVerifyUntil, removed } = await rotateSigningKeys(
    db,
    secrets,
    await readTime(db),
  );
  return [
    `The key ${kid} is published now and signs from ${describeTime(signsFrom)}.`,
    `The keys before it verify until ${describeTime(olderVerifyUntil)}.`,
    ...removed.map((id) => `The key ${id} was retired and has been removed.`),
  ];
}

async function reencrypt(db: Kysely<Database>, secrets: AppSecrets): Promise<string[]> {
  const keys = await reencryptSigningKeys(db, secrets, await readTime(db));
  const factors = await reencryptSecondFactors(db, secrets);
  const [firstUser] = factors.unopened;
  const unopened = [
    ...keys.unopened.map((id) => `The signing key ${id} can't be opened.`),
    ...(firstUser === undefined
      ? []
      : [
          `The second factors of ${factors.unopened.length} users can't be opened, beginning with that of ${firstUser}.`,
        ]),
  ];
  if (unopened.length > 0) process.exitCode = 1;
  const days = SESSION_TTL_SECONDS / 86_400;
  return [
    `Moved to MANA_AUTH_SECRET: ${keys.moved} signing keys, ${factors.moved} second factors.`,
    ...unopened,
    unopened.length > 0
      ? 'Add the secret that they were stored under to MANA_AUTH_ACCEPTED_SECRETS, and run this again.'
      : `Nothing is stored under any other secret now. You can empty MANA_AUTH_ACCEPTED_SECRETS ${days} days after the last server began to sign with this one: no session lives longer than that without being signed again, and no mail waits as long.`,
  ];
}

/** The database's time: the one clock that all servers share. */
async function readTime(db: Kysely<Database>): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('Postgres returned no time');
  return row.now;
}
