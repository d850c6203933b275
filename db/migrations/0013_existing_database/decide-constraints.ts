import { type ColumnChanges, isFreeChange } from './decide-columns.ts';
import type { Live, LiveConstraint, LiveTable } from './live-types.ts';
import { formerNames, shape } from './shape.ts';

/** What turns the constraints and indexes of one table into ours. */
export interface ConstraintChanges {
  readonly droppedConstraints: readonly LiveConstraint[];
  readonly droppedIndexes: readonly string[];
  readonly renamed: readonly (readonly [from: string, to: string])[];
  /** A unique index on which our unique constraint is put. */
  readonly adopted: readonly (readonly [index: string, constraint: string])[];
  readonly addedConstraints: readonly string[];
  readonly addedIndexes: readonly string[];
}

/**
 * What the constraints and indexes of a table need. One with our definition and another name is renamed;
 * others on our columns are dropped; those on a column that the operator added stay. Pure.
 */
export function decideConstraints(
  table: string,
  live: Live,
  columns: ReadonlyMap<string, ColumnChanges>,
): ConstraintChanges {
  const found = live.tables[table];
  const wanted = shape[table];
  if (!found || !wanted) throw new Error(`${table} is no table of both`);
  const renamed: [string, string][] = [];
  const adopted: [string, string][] = [];
  const kept = new Set<string>();
  const addedConstraints: string[] = [];

  for (const [name, definition] of Object.entries(wanted.constraints)) {
    const alike = found.constraints.filter(
      (one) => one.definition === definition && !mustBeRebuilt(table, one, columns),
    );
    const standIn =
      alike.find((one) => one.name === name) ??
      alike.find((one) => !(one.name in wanted.constraints) && !kept.has(one.name));
    const index = standIn ? undefined : findUniqueIndex(found, definition, name);
    if (standIn) kept.add(standIn.name);
    else if (index === undefined) addedConstraints.push(name);
    if (standIn && standIn.name !== name) renamed.push([standIn.name, name]);
    if (index !== undefined) adopted.push([index, name]);
  }

  const isOurs = (names: readonly string[]) =>
    names.every((name) => name in wanted.columns || isFormerName(table, name));
  const rightIndexes = new Set(
    found.indexes
      .filter(({ name, definition }) => withoutName(wanted.indexes[name], name) === definition)
      .map(({ name }) => name),
  );
  const adoptedIndexes = new Set(adopted.map(([index]) => index));
  return {
    renamed,
    adopted,
    addedConstraints,
    droppedConstraints: found.constraints.filter(
      (one) => !kept.has(one.name) && (isOurs(one.columns) || one.name in wanted.constraints),
    ),
    droppedIndexes: found.indexes
      .filter(
        ({ name, columns: names }) =>
          !rightIndexes.has(name) &&
          !adoptedIndexes.has(name) &&
          (isOurs(names) || name in wanted.indexes || name in wanted.constraints),
      )
      .map(({ name }) => name),
    addedIndexes: Object.keys(wanted.indexes).filter((name) => !rightIndexes.has(name)),
  };
}

/** Whether a foreign key is on a column whose values change. */
function mustBeRebuilt(
  table: string,
  { columns: own, target }: LiveConstraint,
  columns: ReadonlyMap<string, ColumnChanges>,
): boolean {
  if (!target) return false;
  const changes = (where: string, names: readonly string[]) =>
    columns
      .get(where)
      ?.changed.some((change) => names.includes(change.column) && !isFreeChange(change));
  return changes(table, own) === true || changes(target.table, target.columns) === true;
}

function findUniqueIndex(
  found: LiveTable,
  definition: string,
  constraint: string,
): string | undefined {
  const [, columns] = /^UNIQUE \((.+)\)$/.exec(definition) ?? [];
  const usable = found.indexes.filter(
    (index) => index.isPlainUnique && index.definition.endsWith(`USING btree (${columns})`),
  );
  return (usable.find(({ name }) => name === constraint) ?? usable[0])?.name;
}

function withoutName(definition: string | undefined, name: string): string | undefined {
  return definition?.replace(` INDEX ${name} ON `, ' INDEX ON ');
}

function isFormerName(table: string, column: string): boolean {
  return Object.values(formerNames[table] ?? {}).includes(column);
}
