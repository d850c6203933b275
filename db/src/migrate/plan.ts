import { type Kysely, sql, type Transaction } from 'kysely';
import { migrations } from '../../migrations/index.ts';
import { MigrationBlockedError } from '../../migrations/migration-blocked-error.ts';
import { type AccessCatalog, decideAccess, readRoles } from '../access/access.ts';
import { sequenceRules, type TableAccess } from '../access/access-rules.ts';
import { type DefaultAccess, readDefaultAccess } from '../access/default-access.ts';
import { readCatalogInside, withCatalogPath } from '../catalog/catalog.ts';
import type { Catalog, Grants } from '../catalog/catalog-types.ts';
import { findExecuted, findPending, findUnknown } from './executed.ts';
import { findMisfoldedAddresses, findUnservable } from './find-unservable.ts';
import { recordStatements } from './record-statements.ts';

/** Statements in the order of running. Those of one migration end with the row that remembers it. */
export interface PlanStep {
  /** A migration's name, or what the step is for. */
  readonly title: string;
  readonly statements: readonly string[];
}

/** Everything that brings a database up to date, to run in one transaction. */
export interface MigrationPlan {
  readonly pending: readonly string[];
  readonly steps: readonly PlanStep[];
}

/** Any number that nothing else locks. Held until the transaction ends. */
export const MIGRATION_LOCK = 7_261_350_412;

/** By the rules of the database's collation, and it is frozen. */
const LOWER_CASES_ADDRESSES = '0013_existing_database';
const BOOKKEEPING = 'record of migrations';
const ACCESS = 'access rules';

/**
 * What has to run on the database as `trx` sees it; nothing on one of a newer version. Only reads, and takes
 * no lock that blocks anybody. Throws a MigrationBlockedError where rows or owners rule a migration out.
 */
export async function planMigrations<DB>(
  trx: Transaction<DB>,
  appRole: string | null,
): Promise<MigrationPlan> {
  const unservable = await findUnservable(trx);
  if (unservable.length > 0) throw new MigrationBlockedError(unservable);
  const executed = await findExecuted(trx);
  const unknown = findUnknown(executed);
  const pending = findPending(executed);
  if (unknown.length > 0 && pending.length > 0) {
    throw new MigrationBlockedError([
      `another version of mana-auth migrated it, and this one doesn't know ${unknown.join(', ')}: run that version, or a newer one`,
    ]);
  }
  // Of a newer version, whose rights they are.
  if (unknown.length > 0) return { pending, steps: [] };
  if (pending.includes(LOWER_CASES_ADDRESSES)) {
    const misfolded = await findMisfoldedAddresses(trx);
    if (misfolded.length > 0) throw new MigrationBlockedError(misfolded);
  }
  const steps: PlanStep[] = [];
  if (executed.length === 0) {
    const statements = await recordStatements(trx, createBookkeeping);
    steps.push({ title: BOOKKEEPING, statements });
  }
  for (const name of pending) steps.push(await planMigration(trx, name));

  const roles = await readRoles(trx, appRole);
  const live = await readCatalogInside(trx, roles);
  const made = steps.flatMap((step) => step.statements.flatMap(findCreatedTable));
  const foreseen = foreseeAccess(live, made, await readDefaultAccess(trx, roles));
  const access = await recordStatements(trx, async (recorder) => {
    for (const statement of decideAccess(foreseen, roles)) {
      await statement.execute(recorder);
    }
  });
  if (access.length > 0) steps.push({ title: ACCESS, statements: access });
  return { pending, steps };
}

/**
 * The plan as a script for psql: one transaction that does what `migrateToLatest` would do, under the
 * same lock. `remarks` become comments at its top. Pure.
 */
export function renderPlan(plan: MigrationPlan, remarks: readonly string[] = []): string {
  const comments = remarks.map((remark) => `-- ${remark.replaceAll('\n', '\n-- ')}\n`).join('');
  if (plan.steps.length === 0) return `${comments}-- Nothing to do: the database is up to date.\n`;
  const steps = plan.steps.map(
    ({ title, statements }) =>
      `\n-- ${title}\n${statements.map((statement) => `${statement};\n`).join('')}`,
  );
  const lock = `select pg_advisory_xact_lock(${MIGRATION_LOCK});\n`;
  return `${comments}begin;\n${lock}${steps.join('')}\ncommit;\n`;
}

/** The tables of Kysely's own Migrator, so that its tools find what ran. */
async function createBookkeeping(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists auth`.execute(db);
  await sql`
    create table if not exists auth.kysely_migration (
      name varchar(255) not null primary key,
      timestamp varchar(255) not null
    )
  `.execute(db);
  await sql`
    create table if not exists auth.kysely_migration_lock (
      id varchar(255) not null primary key,
      is_locked integer not null default 0
    )
  `.execute(db);
  await sql`
    insert into auth.kysely_migration_lock (id, is_locked)
    values ('migration_lock', 0) on conflict do nothing
  `.execute(db);
}

async function planMigration<DB>(trx: Transaction<DB>, name: string): Promise<PlanStep> {
  const statements = await recordStatements(trx, async (recorder) => {
    await withCatalogPath(trx, async () => migrations[name]?.up(recorder));
    await sql`
      insert into auth.kysely_migration (name, timestamp) values
      (${sql.lit(name)}, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    `.execute(recorder);
  });
  return { title: name, statements };
}

function findCreatedTable(statement: string): string[] {
  const [, name] = /^create table (?:if not exists )?(\w+\.\w+)/.exec(statement) ?? [];
  return name === undefined ? [] : [name];
}

/** The rights once a plan has created what it creates, with the rights that new objects start with. */
function foreseeAccess(
  live: Catalog,
  created: readonly string[],
  defaults: DefaultAccess,
): AccessCatalog {
  const schemas: Record<string, { grants: Grants }> = { ...live.schemas };
  const tables: Record<string, TableAccess> = { ...live.tables };
  const sequences: Record<string, { grants: Grants }> = { ...live.sequences };
  if (created.length > 0) schemas['auth'] ??= { grants: defaults.schemas };
  for (const name of created) {
    const rowSecurity = { enabled: false, forced: false };
    tables[name] ??= { grants: defaults.tables, rowSecurity, policies: {} };
  }
  for (const [name, { table, column }] of Object.entries(sequenceRules)) {
    const draws = live.tables[table]?.columns[column]?.default;
    // Where the column draws from something else, the plan creates the sequence.
    if (draws !== `nextval('${name}'::regclass)` && tables[table]) {
      sequences[name] = { grants: defaults.sequences };
    }
  }
  return { schemas, tables, sequences };
}
