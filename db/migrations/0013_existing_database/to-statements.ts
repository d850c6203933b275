import type { ColumnChange, ColumnChanges } from './decide-columns.ts';
import type { Conversion } from './decide-conversion.ts';
import type { Live } from './live-types.ts';
import { quoteName, quoteText } from './quote.ts';
import { isSerial, serialStatements } from './serial.ts';
import { type ShapeColumn, shape, shapeEnums } from './shape.ts';

/**
 * The statements of a conversion, in an order in which none stands in the way of the next. Everything
 * that rewrites a table is in one statement. Pure.
 */
export function toStatements(live: Live, conversion: Conversion): string[] {
  const each = (statements: (table: string) => readonly string[]) =>
    [...conversion.tables.keys()].flatMap(statements);
  const rules = (table: string) => conversion.tables.get(table)?.rules;
  return [
    ...takeOver(live, conversion),
    ...conversion.replacedEnums.flatMap(replaceEnum),
    ...each((table) => dropInTheWay(table, live, conversion)),
    ...each((table) =>
      (rules(table)?.renamed ?? []).map(
        ([from, to]) =>
          `alter table ${table} rename constraint ${quoteName(from)} to ${quoteName(to)}`,
      ),
    ),
    ...(hasTimestamps(conversion) ? [`set local timezone = 'UTC'`] : []),
    ...each((table) => dropIdentities(table, conversion.tables.get(table))),
    ...each((table) => changeColumns(table, conversion.tables.get(table))),
    ...each((table) => dropFormerSequences(table, conversion.tables.get(table))),
    ...each((table) => refuseNulls(table, conversion.tables.get(table))),
    ...each((table) => changeRows(table, live)),
    ...each((table) => serialStatements(table, live)),
    ...each((table) => addConstraints(table, conversion, /^(PRIMARY KEY|UNIQUE)/)),
    ...each((table) => addConstraints(table, conversion, /^(CHECK|FOREIGN KEY)/)),
    ...each((table) =>
      (rules(table)?.addedIndexes ?? []).map((name) =>
        (shape[table]?.indexes[name] ?? '').replace(' INDEX ', ' INDEX IF NOT EXISTS '),
      ),
    ),
    ...dropFormerEnums(conversion),
    ...each((table) =>
      isShown(table, live, conversion) ? [`alter table ${table} force row level security`] : [],
    ),
  ];
}

/** Makes the migrating role the owner of everything, and shows it every row that it has to see. */
function takeOver(live: Live, conversion: Conversion): string[] {
  const isSchemaOwned = live.schema === null || live.schema.isOwned;
  const tables = [...conversion.tables.keys()].flatMap((table) => [
    ...(live.tables[table]?.isOwned ? [] : [`alter table ${table} owner to current_user`]),
    ...(isShown(table, live, conversion)
      ? [`alter table ${table} no force row level security`]
      : []),
  ]);
  const enums = live.enums.filter(
    ({ schema, name, owner }) =>
      schema === 'auth' && owner !== live.role && !conversion.replacedEnums.includes(name),
  );
  return [
    ...(isSchemaOwned ? [] : ['alter schema auth owner to current_user']),
    ...tables,
    ...enums.map(({ name }) => `alter type auth.${name} owner to current_user`),
  ];
}

/** Whether forced row-level security would hide rows that are to be changed or checked. */
function isShown(table: string, live: Live, { tables }: Conversion): boolean {
  const changes = tables.get(table);
  const readsRows =
    changeRows(table, live).length > 0 ||
    refuseNulls(table, changes).length > 0 ||
    (changes?.rules.addedConstraints ?? []).length > 0;
  return readsRows && live.tables[table]?.isForced === true;
}

function replaceEnum(name: string): string[] {
  const labels = shapeEnums[name]?.map(quoteText).join(', ');
  return [
    `alter type auth.${name} rename to ${name}_before`,
    `create type auth.${name} as enum (${labels})`,
  ];
}

function dropInTheWay(table: string, live: Live, conversion: Conversion): string[] {
  const rules = conversion.tables.get(table)?.rules;
  const isForeignKey = (kind: string) => (kind === 'f' ? 0 : 1);
  const constraints = (rules?.droppedConstraints ?? []).toSorted(
    (one, other) => isForeignKey(one.kind) - isForeignKey(other.kind),
  );
  return [
    ...(live.tables[table]?.policies ?? []).map(
      (name) => `drop policy if exists ${quoteName(name)} on ${table}`,
    ),
    ...constraints.map(({ name }) => `alter table ${table} drop constraint ${quoteName(name)}`),
    ...(rules?.droppedIndexes ?? []).map((name) => `drop index auth.${quoteName(name)}`),
  ];
}

function hasTimestamps({ tables }: Conversion): boolean {
  return [...tables.values()].some(({ changed }) =>
    changed.some(({ to, using }) => to.type === 'timestamptz' && using !== undefined),
  );
}

/** An identity column can't have a type other than a number. */
function dropIdentities(table: string, changes: ColumnChanges | undefined): string[] {
  return (changes?.changed ?? [])
    .filter(({ column, from }) => from.isIdentity && !isSerial(table, column))
    .map(({ column }) => `alter table ${table} alter column ${column} drop identity`);
}

/** Sequences that only one column used, which no longer does. */
function dropFormerSequences(table: string, changes: ColumnChanges | undefined): string[] {
  return (changes?.changed ?? []).flatMap(({ column, from }) =>
    from.sequence !== null && !from.isIdentity && !isSerial(table, column)
      ? [`drop sequence ${from.sequence}`]
      : [],
  );
}

function changeColumns(table: string, changes: ColumnChanges | undefined): string[] {
  if (!changes) return [];
  const renames = changes.renamed.map(
    ([from, to]) => `alter table ${table} rename column ${from} to ${to}`,
  );
  const actions = [
    ...changes.added.map((name) => `add column if not exists ${describe(table, name)}`),
    ...changes.changed.flatMap((change) => columnActions(table, change)),
  ];
  if (actions.length === 0) return renames;
  return [...renames, `alter table ${table}\n  ${actions.join(',\n  ')}`];
}

function describe(table: string, name: string): string {
  const column = shape[table]?.columns[name];
  if (!column) throw new Error(`${table}.${name} has no shape`);
  const rest = `${column.nullable ? '' : ' not null'}${defaultOf(column)}`;
  return `${name} ${column.type}${rest}`;
}

function defaultOf(column: ShapeColumn): string {
  return column.default === null ? '' : ` default ${column.default}`;
}

/** In this order: a default that can't be cast is dropped before the type changes. */
function columnActions(table: string, { column, from, to, using }: ColumnChange): string[] {
  const isOfNewType = using !== undefined;
  const isDefaultChanged =
    !isSerial(table, column) &&
    (from.default !== to.default || (isOfNewType && to.default !== null));
  const expression = using === null || using === undefined ? '' : ` using ${using}`;
  return [
    ...(isDefaultChanged && from.default !== null ? [`alter column ${column} drop default`] : []),
    ...(isOfNewType ? [`alter column ${column} type ${to.type}${expression}`] : []),
    ...(isDefaultChanged && to.default !== null
      ? [`alter column ${column} set default ${to.default}`]
      : []),
    ...(to.nullable && !from.nullable ? [`alter column ${column} drop not null`] : []),
  ];
}

/** Values that our code expects in one form. */
function changeRows(table: string, live: Live): string[] {
  const lowered = (reason: string) =>
    `-- ${reason}\nupdate ${table} set email = lower(btrim(email)) where email <> lower(btrim(email))`;
  if (table === 'auth.users') return [lowered('addresses are looked up in lower case')];
  if (table === 'auth.invitations') return [lowered('as those of users')];
  if (table === 'auth.sessions' && !live.tables[table]?.columns['authenticated_at']) {
    return [
      `-- a session is as fresh as the sign-in that began it\nupdate auth.sessions set authenticated_at = created_at`,
    ];
  }
  return [];
}

function refuseNulls(table: string, changes: ColumnChanges | undefined): string[] {
  const refused = (changes?.changed ?? []).filter(({ from, to }) => from.nullable && !to.nullable);
  const filled = refused.filter(({ to }) => to.default !== null);
  if (refused.length === 0) return [];
  const set = filled.map(({ column, to }) => `${column} = coalesce(${column}, ${to.default})`);
  const where = filled.map(({ column }) => `${column} is null`);
  return [
    ...(filled.length > 0
      ? [`update ${table} set\n  ${set.join(',\n  ')}\nwhere ${where.join(' or ')}`]
      : []),
    `alter table ${table}\n  ${refused.map(({ column }) => `alter column ${column} set not null`).join(',\n  ')}`,
  ];
}

function addConstraints(table: string, { tables }: Conversion, kind: RegExp): string[] {
  const rules = tables.get(table)?.rules;
  const definition = (name: string) => shape[table]?.constraints[name] ?? '';
  return [
    ...(rules?.adopted ?? [])
      .filter(([, name]) => kind.test(definition(name)))
      .map(
        ([index, name]) =>
          `alter table ${table} add constraint ${name} unique using index ${quoteName(index)}`,
      ),
    ...(rules?.addedConstraints ?? [])
      .filter((name) => kind.test(definition(name)))
      .map((name) => `alter table ${table} add constraint ${name} ${definition(name)}`),
  ];
}

function dropFormerEnums({ replacedEnums, droppedEnums }: Conversion): string[] {
  return [
    ...replacedEnums.map((name) => `drop type auth.${name}_before`),
    ...droppedEnums.map((name) => `drop type public.${name}`),
  ];
}
