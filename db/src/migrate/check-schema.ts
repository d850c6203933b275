import type { Kysely } from 'kysely';
import type { CatalogRoles } from '../catalog/catalog-types.ts';
import { checkDrift, type Drift } from '../catalog/drift.ts';
import { findBreaking, findExecuted, findPending, findUnknown } from './executed.ts';
import { describeBreaking } from './find-unservable.ts';

/** How the migrations that ran, and the schema as it is, differ from what this version expects. */
export interface SchemaCheck {
  readonly migrations: Drift;
  readonly schema: Drift;
}

/**
 * Tells what keeps this version from serving the database (`problems`) from what an operator or a newer
 * version added to it (`warnings`). Works as the plain role too.
 */
export async function checkSchema<DB>(db: Kysely<DB>, roles: CatalogRoles): Promise<SchemaCheck> {
  const executed = await findExecuted(db);
  const breaking = findBreaking(executed);
  const unknown = findUnknown(executed);
  return {
    migrations: {
      problems: [
        ...findPending(executed).map((name) => `migration ${name} is pending`),
        ...breaking.map(describeBreaking),
      ],
      warnings: unknown
        .filter((name) => !breaking.includes(name))
        .map((name) => `migration ${name} is of a newer version`),
    },
    schema: await checkDrift(db, roles, { isNewer: unknown.length > 0 }),
  };
}
