import type { Command } from 'commander';
import { readConfig } from '../config/env.ts';
import { listWaitingMails } from '../mail/outbox.repository.ts';
import { describeTime, toColumns } from './columns.ts';
import { findDatabaseAddresses, withDatabase } from './installation.ts';

/** Adds `mana outbox`. */
export function addOutboxCommand(program: Command): void {
  program
    .command('outbox')
    .description(
      'List the mails that wait for delivery, by kind. Names no recipient and shows no text.',
    )
    .action(async () => {
      const { appUrl } = await findDatabaseAddresses(readConfig());
      for (const line of await describeOutbox(appUrl)) process.stdout.write(`${line}\n`);
    });
}

/** A heading, and one line for each kind of mail that waits. */
export async function describeOutbox(url: string): Promise<string[]> {
  const waiting = await withDatabase(url, listWaitingMails);
  if (waiting.length === 0) return ['No mail waits for delivery.'];
  const lines = waiting.map(({ kind, count, oldest, nextAttempt, lastError }) => [
    kind,
    String(count),
    describeTime(oldest),
    describeTime(nextAttempt),
    lastError ?? '–',
  ]);
  return toColumns([['kind', 'waiting', 'oldest', 'next attempt', 'last error'], ...lines]);
}
