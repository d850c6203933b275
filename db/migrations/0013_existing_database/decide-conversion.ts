import { type ColumnChanges, decideColumns, isReplacedEnum } from './decide-columns.ts';
import { type ConstraintChanges, decideConstraints } from './decide-constraints.ts';
import type { Live } from './live-types.ts';
import { shape, shapeEnums } from './shape.ts';

/** What turns a database into the frozen shape. */
export interface Conversion {
  readonly tables: ReadonlyMap<string, ColumnChanges & { readonly rules: ConstraintChanges }>;
  /** Enums in `auth` with other labels than ours. */
  readonly replacedEnums: readonly string[];
  /** Enums of schema `public` to drop. One that something else uses as well stays. */
  readonly droppedEnums: readonly string[];
}

/** What turns the tables that exist into the frozen shape. Those that don't need nothing. Pure. */
export function decideConversion(live: Live): Conversion {
  const names = Object.keys(shape).filter((table) => live.tables[table]);
  const columns = new Map(names.map((table) => [table, decideColumns(table, live)]));
  const tables = new Map(
    [...columns].map(([table, changes]) => [
      table,
      { ...changes, rules: decideConstraints(table, live, columns) },
    ]),
  );
  return {
    tables,
    replacedEnums: Object.keys(shapeEnums).filter((name) => isReplacedEnum(`auth.${name}`, live)),
    droppedEnums: live.enums
      .filter(
        ({ schema, name, labels, isUsedElsewhere }) =>
          schema === 'public' &&
          !isUsedElsewhere &&
          (isUsed(live, `public.${name}`) || String(labels) === String(shapeEnums[name])),
      )
      .map(({ name }) => name),
  };
}

function isUsed(live: Live, type: string): boolean {
  return Object.values(live.tables).some((table) =>
    Object.values(table.columns).some((column) => column.type === type),
  );
}
