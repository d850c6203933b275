import { shape } from './shape.ts';
import { findLiveName, findRows, type TableContext } from './table-context.ts';

/** Rows that break a constraint which the database doesn't have yet. */
export async function findConstraintBlockers(context: TableContext): Promise<string[]> {
  const blockers: string[] = [];
  for (const name of context.changes.rules.addedConstraints) {
    const definition = shape[context.table]?.constraints[name] ?? '';
    const [kind = ''] = /^(CHECK|UNIQUE|PRIMARY KEY|FOREIGN KEY)/.exec(definition) ?? [];
    const find = { CHECK: findBreaches, 'FOREIGN KEY': findOrphans }[kind] ?? findTwins;
    // Addresses have a sentence of their own, which also finds those that differ only in case.
    const found = name === 'users_email_key' ? undefined : await find(context, definition, name);
    if (found) blockers.push(`${context.table}: ${found}`);
  }
  return blockers;
}

type Find = (
  context: TableContext,
  definition: string,
  name: string,
) => Promise<string | undefined>;

const findBreaches: Find = async (context, definition, name) => {
  const condition = definition.replace(/^CHECK /, '');
  // A column that isn't there yet breaks no rule.
  if (context.changes.added.some((column) => condition.includes(column))) return undefined;
  const rows = await findRows(context, `not ${condition}`);
  return rows && `${rows} against the rule ${name} ${definition}: correct or delete them`;
};

const findTwins: Find = async (context, definition) => {
  const [, columns = ''] = /\((.+)\)$/.exec(definition) ?? [];
  if (columns.split(', ').some((column) => !findLiveName(context, column))) return undefined;
  const rows = await findRows(
    context,
    `(${columns}) in (
      select ${columns} from ${context.table} group by ${columns} having count(*) > 1
    )`,
  );
  return rows && `${rows} with the same ${columns} as another: keep one of each`;
};

const findOrphans: Find = async (context, definition) => {
  const [, column = '', target = '', key = ''] =
    /^FOREIGN KEY \((\w+)\) REFERENCES ([\w.]+)\((\w+)\)/.exec(definition) ?? [];
  if (!context.live.tables[target] || !findLiveName(context, column)) return undefined;
  const rows = await findRows(
    context,
    `${column} is not null and not exists (
      select from ${target} as target where target.${key}::text = ${context.table}.${column}::text
    )`,
  );
  return (
    rows &&
    `${rows} naming in ${column} what isn't in ${target}: delete them, or put back what they name`
  );
};
