import { migrateToLatest, readMigrationPlan } from '@mana/db/migrate/migrate';
import { renderPlan } from '@mana/db/migrate/plan';
import type { Database } from '@mana/db/schema/database';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import type { Config } from '../config/config.ts';
import { ConfigurationError } from '../config/config.ts';
import { readConfig } from '../config/env.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { roleOf } from '../start/migrate-database.ts';
import { findUnusable } from './find-unusable.ts';
import { findAppSecrets, findDatabaseAddresses, withDatabase } from './installation.ts';

/** Adds `mana migrate`. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('Migrate the database, as its owner, to the schema that this version expects.')
    .option('--plan', 'print the SQL that would run, for psql, and change nothing')
    .action(async ({ plan }: { plan?: true }) => {
      const config = readConfig();
      const { appUrl, ownerUrl } = await findDatabaseAddresses(config);
      const appRole = roleOf(appUrl);
      const secrets = await readSecrets(config);
      const work = plan ? printPlan : migrate;
      process.stdout.write(await withDatabase(ownerUrl, (db) => work(db, { appRole, secrets })));
    });
}

interface MigrateContext {
  readonly appRole: string;
  /** Or a sentence, if there are none. */
  readonly secrets: AppSecrets | string;
}

async function printPlan(
  db: Kysely<Database>,
  { appRole, secrets }: MigrateContext,
): Promise<string> {
  const plan = await readMigrationPlan({ db, appRole });
  return renderPlan(plan, await describeUnusable(db, secrets));
}

async function migrate(
  db: Kysely<Database>,
  { appRole, secrets }: MigrateContext,
): Promise<string> {
  const { applied } = await migrateToLatest({ db, appRole });
  const done =
    applied.length === 0
      ? ['Nothing to do: the database is up to date.']
      : applied.map((name) => `${name} is done.`);
  return [...done, ...(await describeUnusable(db, secrets)), ''].join('\n');
}

async function describeUnusable(
  db: Kysely<Database>,
  secrets: AppSecrets | string,
): Promise<string[]> {
  if (typeof secrets === 'string') return [secrets];
  const lines = await findUnusable(db, secrets);
  return lines.length === 0 ? [] : ['To be set up again:', ...lines.map((line) => `- ${line}`)];
}

/** Migrating needs no secret: without one, it just remains unknown what can be opened. */
async function readSecrets(config: Config): Promise<AppSecrets | string> {
  try {
    return await findAppSecrets(config);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return 'MANA_AUTH_SECRET is not set: signing keys and second factors were not checked.';
  }
}
