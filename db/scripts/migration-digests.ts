import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { readMigrationPlan } from '../src/migrate/migrate.ts';
import type { MigrationPlan } from '../src/migrate/plan.ts';
import { createExistingDatabase, EXISTING_DATABASE_KINDS } from '../testing/existing-database.ts';

/** The committed file that says what each released migration runs. */
export const DIGESTS_FILE = new URL('../migrations/digests.json', import.meta.url);

/** The databases that migrations are planned for: an empty one, and those that are older than they are. */
export const DATABASE_KINDS = ['empty', ...EXISTING_DATABASE_KINDS] as const;

/** One plan for each kind of database. */
export type MigrationPlans = ReadonlyMap<string, MigrationPlan>;

/**
 * SHA-256 of what each migration runs on an empty database, and on a database of another kind where
 * that is something else: first by migration, then by kind.
 */
export type MigrationDigests = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Makes an empty database one of this kind, and plans every migration for it without running any. */
export async function planMigrationsFor(
  kind: (typeof DATABASE_KINDS)[number],
  { ownerUrl, appRole }: { readonly ownerUrl: string; readonly appRole: string },
): Promise<MigrationPlan> {
  if (kind !== 'empty') await createExistingDatabase(ownerUrl, kind);
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  // The pool says that it has ended before its connection is closed, and Postgres may stop in between.
  pool.on('error', () => undefined);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await readMigrationPlan({ db, appRole });
  } finally {
    await db.destroy();
  }
}

/** The digests of these plans. Pure; the plan for an empty database comes first. */
export function digestMigrations(plans: MigrationPlans): MigrationDigests {
  const digests: Record<string, Record<string, string>> = {};
  for (const [kind, { pending, steps }] of plans) {
    for (const { title, statements } of steps) {
      if (!pending.includes(title)) continue;
      // The last statement remembers the migration and is no part of it.
      const digest = digestOf(statements.slice(0, -1));
      if (digest === digests[title]?.['empty']) continue;
      digests[title] = { ...digests[title], [kind]: digest };
    }
  }
  return digests;
}

function digestOf(statements: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex');
}

/** One line for each recorded migration that is gone or runs something else than it did. Pure. */
export function findChangedMigrations(
  recorded: MigrationDigests,
  found: MigrationDigests,
): string[] {
  return Object.entries(recorded).flatMap(([name, digests]) => {
    const now = found[name];
    if (isDeepStrictEqual(now, digests)) return [];
    return now
      ? `${name} runs other statements than those that were released: restore it and write a new migration`
      : `${name} was released and is gone: restore it`;
  });
}

/** The recorded digests as they are, and those of new migrations behind them. Pure. */
export function addNewMigrations(
  recorded: MigrationDigests,
  found: MigrationDigests,
): MigrationDigests {
  const isNew = ([name]: [string, unknown]) => !(name in recorded);
  return { ...recorded, ...Object.fromEntries(Object.entries(found).filter(isNew)) };
}
