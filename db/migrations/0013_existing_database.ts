import { type Kysely, sql } from 'kysely';
import { MigrationBlockedError } from '../src/migrate/migration-blocked-error.ts';
import { decideConversion } from './existing-database/decide-conversion.ts';
import { findBlockers } from './existing-database/find-blockers.ts';
import { readLive } from './existing-database/read-live.ts';
import { shape, shapeEnums } from './existing-database/shape.ts';
import { toStatements } from './existing-database/to-statements.ts';

/**
 * Takes the tables of a database that is older than our migrations to the form that those give to a new
 * one, with every row. It looks at what is there before the run begins, so a table that the migrations
 * before this one make needs nothing. Throws a MigrationBlockedError where rows or owners rule it out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const names = { tables: Object.keys(shape), enums: Object.keys(shapeEnums) };
  const live = await readLive(db, names);
  const conversion = decideConversion(live);
  const blockers = await findBlockers(db, live, conversion);
  if (blockers.length > 0) throw new MigrationBlockedError(blockers);
  for (const statement of toStatements(live, conversion)) await sql.raw(statement).execute(db);
}
