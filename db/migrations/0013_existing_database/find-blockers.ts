import { type Kysely, sql } from 'kysely';
import type { Conversion } from './decide-conversion.ts';
import { findConstraintBlockers } from './find-constraint-blockers.ts';
import { findNullBlockers, findValueBlockers } from './find-value-blockers.ts';
import type { Live } from './live-types.ts';
import { quoteName } from './quote.ts';

/** How many groups of users with one address are named at once. */
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
  // Without the owner's rights there is nothing more to learn.
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

/** One sentence for each thing that belongs to a role whose rights this one doesn't have. Pure. */
function findOwnerBlockers(live: Live): string[] {
  const role = quoteName(live.role);
  const blockers: string[] = [];
  if (!live.mayCreateSchemas) {
    const database = quoteName(live.database);
    blockers.push(
      `${live.role} may not create schemas in ${live.database}: as its owner, run \`grant create on database ${database} to ${role}\``,
    );
  }
  const belongs = (what: string, owner: string) =>
    `${what} belongs to ${owner}, not to ${live.role}, which migrates: as ${owner} or a superuser, run \`alter ${what} owner to ${role}\`, or migrate as ${owner}`;
  if (live.schema && !live.schema.isOurs) blockers.push(belongs('schema auth', live.schema.owner));
  for (const [table, { isOurs, owner }] of Object.entries(live.tables)) {
    if (!isOurs) blockers.push(belongs(`table ${table}`, owner));
  }
  for (const { isOurs, schema, name, owner } of live.enums) {
    if (!isOurs) blockers.push(belongs(`type ${schema}.${name}`, owner));
  }
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
    select string_agg(
      format('%s (%s%s)', id, email, case when to_jsonb(users) ->> 'deleted_at' is not null then ', deleted' end),
      ', ' order by id
    ) as users
    from auth.users as users group by lower(btrim(email::text)) having count(*) > 1
    order by 1 limit ${sql.lit(SHOWN_ADDRESSES)}
  `.execute(db);
  return rows.map(
    ({ users }) =>
      `auth.users: ${users} have one address but for its spelling: give all but one another address, or delete them`,
  );
}
