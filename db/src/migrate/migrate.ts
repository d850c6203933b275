import { type Kysely, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { findExecuted, findPending } from './executed.ts';
import { MIGRATION_LOCK, type MigrationPlan, type PlanStep, planMigrations } from './plan.ts';

/** Which database to migrate, and for which plain role. */
export interface MigrateOptions<DB> {
  /** Connected as the owner, without a time limit for statements. */
  readonly db: Kysely<DB>;
  /** The plain role that serves requests; null where the owner serves them itself. */
  readonly appRole: string | null;
}

/**
 * Brings the database to the newest schema and its access rules, and returns the migrations that this
 * call ran. Any number of processes may call it at once: one works, the others wait and find it done.
 *
 * All of it is one transaction: a run that fails or is killed leaves nothing behind. Where there is
 * nothing to do, it only reads. Throws a MigrationBlockedError before the first change where the content
 * of the database rules a migration out.
 */
export async function migrateToLatest<DB>(
  options: MigrateOptions<DB>,
): Promise<{ applied: string[] }> {
  return options.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx);
    const plan = await planMigrations(trx, options.appRole);
    for (const step of plan.steps) await runStep(trx, step);
    return { applied: [...plan.pending] };
  });
}

/**
 * What `migrateToLatest` would run now: the same statements, planned in the same way. Changes nothing and
 * blocks nobody. Throws as `migrateToLatest` does.
 */
export async function readMigrationPlan<DB>(options: MigrateOptions<DB>): Promise<MigrationPlan> {
  return options.db
    .transaction()
    .setAccessMode('read only')
    .execute((trx) => planMigrations(trx, options.appRole));
}

/** The migrations that this database hasn't seen, in order. Works as the plain role too. */
export async function pendingMigrations<DB>(db: Kysely<DB>): Promise<string[]> {
  return findPending(await findExecuted(db));
}

async function runStep<DB>(trx: Transaction<DB>, { title, statements }: PlanStep): Promise<void> {
  try {
    for (const statement of statements) await sql.raw(statement).execute(trx);
  } catch (cause) {
    throw new Error(`Migration ${title} failed: ${describe(cause)}`, { cause });
  }
}

/** With the key that a foreign key misses. Other details hold whole rows, and so secrets. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOrphan = error instanceof pg.DatabaseError && error.code === '23503';
  return isOrphan ? `${error.message} (${error.detail})` : error.message;
}
