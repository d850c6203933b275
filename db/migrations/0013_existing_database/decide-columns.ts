import type { Live, LiveColumn } from './live-types.ts';
import { formerNames, type ShapeTable, shape, shapeEnums } from './shape.ts';

/** What turns one column into ours. */
export interface ColumnChange {
  readonly column: string;
  readonly from: LiveColumn;
  readonly to: ShapeTable['columns'][string];
  /** Undefined where the type stays; null where no expression is needed. */
  readonly using: string | null | undefined;
}

/** What turns the columns of one table into ours. */
export interface ColumnChanges {
  /** From the former name to ours. */
  readonly renamed: readonly (readonly [from: string, to: string])[];
  readonly added: readonly string[];
  readonly changed: readonly ColumnChange[];
  /** Columns whose type can't be converted to ours. */
  readonly impossible: readonly ColumnChange[];
}

/** What the columns of a table need. Pure. */
export function decideColumns(table: string, live: Live): ColumnChanges {
  const found = { ...live.tables[table]?.columns };
  const renamed: [string, string][] = [];
  for (const [name, former] of Object.entries(formerNames[table] ?? {})) {
    const column = found[former];
    if (!column || found[name]) continue;
    found[name] = column;
    renamed.push([former, name]);
  }

  const added: string[] = [];
  const changed: ColumnChange[] = [];
  const impossible: ColumnChange[] = [];
  for (const [column, to] of Object.entries(shape[table]?.columns ?? {})) {
    const from = found[column];
    if (!from) {
      added.push(column);
      continue;
    }
    const isNewEnum = isReplacedEnum(to.type, live);
    if (isSame(from, to) && !isNewEnum) continue;
    const isOfType = from.type === to.type && !isNewEnum;
    const using = isOfType ? undefined : decideCast(`${table}.${column}`, from.type, to.type);
    const change = { column, from, to, using: using === IMPOSSIBLE ? null : using };
    (using === IMPOSSIBLE ? impossible : changed).push(change);
  }
  return { renamed, added, changed, impossible };
}

function isSame(from: LiveColumn, to: ColumnChange['to']): boolean {
  const isDefaultSame = from.default === to.default && !from.isIdentity;
  return from.type === to.type && from.nullable === to.nullable && isDefaultSame;
}

/** Whether an enum of this name is in `auth` with other labels, and has to be recreated. */
export function isReplacedEnum(type: string, live: Live): boolean {
  const name = type.replace(/^auth\./, '');
  const found = live.enums.find((other) => other.schema === 'auth' && other.name === name);
  return found !== undefined && String(found.labels) !== String(shapeEnums[name]);
}

/** Whether values stay as they are on disk, so that foreign keys on the column can stay too. */
export function isFreeChange({ from, to }: ColumnChange): boolean {
  return from.type === to.type || (to.type === 'text' && isTextLike(from.type));
}

function isTextLike(type: string): boolean {
  return type === 'text' || /^varchar(\(\d+\))?$/.test(type);
}

const IMPOSSIBLE = Symbol('impossible');
const WHOLE_NUMBERS = ['smallint', 'integer', 'bigint'];

/** JSON arrays of plain words, which `alter table` can't take apart with a subquery. */
const wordsOfJson = (column: string) =>
  `nullif(nullif(regexp_replace(${column}::text, '[][" ]', '', 'g'), ''), 'null')`;

function decideCast(
  qualifiedColumn: string,
  from: string,
  to: string,
): string | null | typeof IMPOSSIBLE {
  const column = qualifiedColumn.slice(qualifiedColumn.lastIndexOf('.') + 1);
  if (to === 'text') return castToText(qualifiedColumn, column, from);
  if (to.startsWith('auth.')) return `${column}::text::${to}`;
  if (to === 'timestamptz') {
    return /^(timestamp|timestamptz)(\(\d\))?$|^date$/.test(from) ? null : IMPOSSIBLE;
  }
  if (WHOLE_NUMBERS.includes(to)) return WHOLE_NUMBERS.includes(from) ? null : IMPOSSIBLE;
  if (to === 'boolean') return WHOLE_NUMBERS.includes(from) ? `${column} <> 0` : IMPOSSIBLE;
  if (to === 'jsonb' && from === 'json') return `${column}::jsonb`;
  if (to === 'jsonb' && isTextLike(from)) return `nullif(btrim(${column}), '')::jsonb`;
  if (to === 'uuid' && isTextLike(from)) return `${column}::uuid`;
  return IMPOSSIBLE;
}

function castToText(qualifiedColumn: string, column: string, from: string): string | null {
  if (isTextLike(from)) return null;
  const isArray = from.endsWith('[]');
  if (qualifiedColumn === 'auth.passkeys.transports') {
    if (from === 'jsonb' || from === 'json') return wordsOfJson(column);
    if (isArray) return `nullif(array_to_string(${column}, ','), '')`;
  }
  if (from === 'jsonb' || from === 'json') {
    return `case when json_typeof(${column}::json) in ('string', 'null') then ${column}::jsonb #>> '{}' else ${column}::text end`;
  }
  if (isArray) return `array_to_json(${column})::text`;
  if (from === 'bytea') return `translate(encode(${column}, 'base64'), E'\\n', '')`;
  return `${column}::text`;
}
