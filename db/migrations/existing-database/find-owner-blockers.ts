import type { Live } from './live-types.ts';
import { quoteName } from './quote.ts';

/** One sentence for each thing that belongs to a role whose rights this one doesn't have. Pure. */
export function findOwnerBlockers(live: Live): string[] {
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
