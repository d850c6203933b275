import { progress } from '@clack/prompts';
import type { Database } from '@mana/db/schema/database';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/env.ts';
import { type RewrapSummary, rewrapVaults } from '../domains/vault/rewrap/rewrap.service.ts';
import { findKekProblems, registerActiveKek } from '../key-providers/check-keks.ts';
import { retireKek } from '../key-providers/keks.repository.ts';
import { openKeyProvider } from '../key-providers/open-key-provider.ts';
import { findDatabaseAddresses, withDatabase } from './installation.ts';

/** Users per transaction: few enough that one who changes their vault meanwhile hardly waits. */
const BATCH_SIZE = 100;

/** Adds `mana vault …`. */
export function addVaultCommands(program: Command): void {
  const vault = program.command('vault').description('Manage the keys that wrap the vaults.');

  vault
    .command('rewrap')
    .option('--dry-run', 'open and wrap every vault, but write nothing', false)
    .description(
      'Move every vault to the active key (MANA_AUTH_KEK_ID). Safe to stop, to repeat, and to run beside servers.',
    )
    .action(async ({ dryRun }: { dryRun: boolean }) => {
      const config = readConfig();
      const { appUrl } = await findDatabaseAddresses(config);
      const summary = await withDatabase(appUrl, (db) => rewrap(db, config, dryRun));
      process.stdout.write(`${describeSummary(summary, config, dryRun).join('\n')}\n`);
      if (summary.unreadable.length > 0) process.exitCode = 1;
    });

  vault
    .command('retire-kek')
    .argument('<id>', 'name of the key')
    .description('Forget a key that no vault is wrapped under any more. Refused while any is.')
    .action(async (id: string) => {
      const config = readConfig();
      const { appUrl } = await findDatabaseAddresses(config);
      const [isDone, sentence] = await withDatabase(appUrl, (db) => retire(db, config, id));
      process.stdout.write(`${sentence}\n`);
      if (!isDone) process.exitCode = 1;
    });
}

async function rewrap(
  db: Kysely<Database>,
  config: Config,
  isDryRun: boolean,
): Promise<RewrapSummary> {
  const provider = await openKeyProvider(config.keks, pino({ level: 'silent' }));
  if (isDryRun) {
    const problems = await findKekProblems(db, provider);
    if (problems.length > 0) throw new Error(problems.join('; '));
  } else await registerActiveKek(db, provider);

  let bar: ReturnType<typeof progress> | undefined;
  const summary = await rewrapVaults(db, provider, {
    isDryRun,
    batchSize: BATCH_SIZE,
    onStart(users) {
      if (!process.stdout.isTTY) return;
      bar = progress({ max: Math.max(1, users) });
      bar.start('accounts');
    },
    onBatch: (users) => bar?.advance(users),
  });
  bar?.stop('all accounts are done');
  return summary;
}

function describeSummary(
  { moved, upToDate, zeroKnowledge, overtaken, unreadable }: RewrapSummary,
  { keks }: Config,
  isDryRun: boolean,
): string[] {
  const count = (label: string, number: number) => `${label.padEnd(46)}${number}`;
  return [
    count(`${isDryRun ? 'would move' : 'moved'} to ${keks.activeId}`, moved),
    count('already up to date', upToDate),
    count('zero knowledge, nothing to move', zeroKnowledge),
    count('changed by their users meanwhile', overtaken),
    count('do not open, left as they are', unreadable.length),
    ...unreadable.map((userId) => `  ${userId}`),
  ];
}

async function retire(
  db: Kysely<Database>,
  { keks }: Config,
  id: string,
): Promise<[isDone: boolean, sentence: string]> {
  if (id === keks.activeId) {
    return [false, `${id} is the active key (MANA_AUTH_KEK_ID): make another key active first.`];
  }
  return {
    retired: [true, `${id} is retired: remove it from MANA_AUTH_ACCEPTED_KEKS.`] as [
      boolean,
      string,
    ],
    unknown: [false, `No key is named ${id}.`] as [boolean, string],
    'in-use': [false, `Vaults are still wrapped under ${id}: run \`mana vault rewrap\` first.`] as [
      boolean,
      string,
    ],
  }[await retireKek(db, id)];
}
