import { type Kysely, sql } from 'kysely';
import type { Conversion } from './decide-conversion.ts';
import { findConstraintBlockers } from './find-constraint-blockers.ts';
import { findOwnerBlockers } from './find-owner-blockers.ts';
import { findNullBlockers, findValueBlockers } from './find-value-blockers.ts';
import type { Live } from './live-types.ts';

/** So many groups of users with one address are named at once. */
const SHOWN_ADDRESSES = 20;

/**
 * One sentence for each thing that rules the conversion out, with the rows and what to do. Where rows
 * are hidden from this role by row-level security, Postgres itself refuses the statement later.
 */
export async function findBlockers(
  db: Kysely<unknown>,
  live: Live,
  conversion: Conversion,
): Promise<string[]> {
  const owners = findOwnerBlockers(live);
  // Without the owner's rights there is nothing more to be learnt.
  if (owners.length > 0) return owners;

  const blockers = findTypeBlockers(live, conversion);
  for (const [table, changes] of conversion.tables) {
    const context = { db, table, live, changes };
    blockers.push(
      ...(await findNullBlockers(context)),
      ...(await findValueBlockers(context)),
      ...(await findConstraintBlockers(context)),
    );
  }
  if (live.tables['auth.users']?.columns['email']) blockers.push(...(await findSharedEmails(db)));
  return blockers;
}

function findTypeBlockers(live: Live, { tables }: Conversion): string[] {
  return [...tables].flatMap(([table, { impossible, changed }]) => [
    ...impossible.map(
      ({ column, from, to }) =>
        `${table}.${column} is ${from.type}, and no way is known from there to ${to.type}: change its type yourself, or rename it and let this version make its own`,
    ),
    ...changed
      .filter(({ using }) => using !== undefined)
      .flatMap(({ column }) =>
        (live.tables[table]?.readers[column] ?? []).map(
          (view) =>
            `the view ${view} reads ${table}.${column}, whose type changes: drop the view, migrate, and make it again`,
        ),
      ),
  ]);
}

async function findSharedEmails(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ users: string }>`
    select string_agg(id::text || ' (' || email::text || ')', ', ' order by id) as users
    from auth.users group by lower(btrim(email::text)) having count(*) > 1
    order by 1 limit ${sql.lit(SHOWN_ADDRESSES)}
  `.execute(db);
  return rows.map(
    ({ users }) =>
      `auth.users: ${users} have one address but for its spelling: give all but one another address, or delete them`,
  );
}
