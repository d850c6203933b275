import { type Kysely, sql } from 'kysely';
import { decideConversion } from './0013_existing_database/decide-conversion.ts';
import { findBlockers } from './0013_existing_database/find-blockers.ts';
import { readLive } from './0013_existing_database/read-live.ts';
import { shape, shapeEnums } from './0013_existing_database/shape.ts';
import { toStatements } from './0013_existing_database/to-statements.ts';
import { MigrationBlockedError } from './migration-blocked-error.ts';

/**
 * Brings the tables of a database that is older than our migrations to the shape that those give a new
 * one, and keeps every row. It looks at what is there before the run begins, so a table that an earlier
 * migration creates needs nothing. Throws a MigrationBlockedError where rows or owners rule it out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const names = { tables: Object.keys(shape), enums: Object.keys(shapeEnums) };
  const live = await readLive(db, names);
  const conversion = decideConversion(live);
  const blockers = await findBlockers(db, live, conversion);
  if (blockers.length > 0) throw new MigrationBlockedError(blockers);
  for (const statement of toStatements(live, conversion)) await sql.raw(statement).execute(db);
}
