import { type Kysely, sql } from 'kysely';

/** A row as JSON, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Every row of every table in schema `auth`, as JSON in UTC, by table and then by primary key. */
export async function readRows(db: Kysely<unknown>): Promise<Record<string, Record<string, Row>>> {
  return db.transaction().execute(async (trx) => {
    await sql`set local timezone = 'UTC'`.execute(trx);
    const tables = await sql<{ name: string }>`
      select relname as name from pg_class
      where relnamespace = 'auth'::regnamespace and relkind = 'r' and relname !~ 'kysely'
      order by 1
    `.execute(trx);
    const found: Record<string, Record<string, Row>> = {};
    for (const { name } of tables.rows) {
      const { rows } = await sql<{ row: Row }>`
        select to_jsonb(t) as row from ${sql.table(`auth.${name}`)} as t
      `.execute(trx);
      found[name] = Object.fromEntries(
        rows.map(({ row }) => [String(row['id'] ?? row['user_id'] ?? row['email']), row]),
      );
    }
    return found;
  });
}

/**
 * The differences between the rows before and after a migration, one line each. A value may have changed
 * its form in the ways that the contract names, and no others; a null may have become a default.
 */
export function findLostValues(
  before: Record<string, Record<string, Row>>,
  after: Record<string, Record<string, Row>>,
): string[] {
  const lines: string[] = [];
  for (const [table, rows] of Object.entries(before)) {
    const kept = after[table] ?? {};
    if (Object.keys(kept).length !== Object.keys(rows).length) lines.push(`${table}: other rows`);
    for (const [key, row] of Object.entries(rows)) {
      for (const [column, value] of Object.entries(row)) {
        const name = column === 'friendly_name' ? 'name' : column;
        const found = kept[key]?.[name];
        const wanted = value === null ? (defaults[column] ?? null) : value;
        const isFilledIn = value === null && /_at$/.test(column) && typeof found === 'string';
        if (isFilledIn || toText(table, name, wanted) === toText(table, name, found)) continue;
        lines.push(
          `${table} ${key} ${column}: ${JSON.stringify(value)} is ${JSON.stringify(found)}`,
        );
      }
    }
  }
  return lines;
}

/** What a null became where none is allowed any more. */
const defaults: Readonly<Record<string, unknown>> = {
  email_verified: false,
  two_factor_enabled: false,
  remember_me: false,
  role: 'user',
  method: 'password',
  zero_knowledge: false,
};

/** One spelling for every form that a value may have. */
function toText(table: string, column: string, value: unknown): string {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) {
    return new Date(/(Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`).toISOString();
  }
  if (column === 'email' && table !== 'login_attempts') return String(value).trim().toLowerCase();
  if (column === 'transports') return Array.isArray(value) ? value.join(',') : String(value ?? '');
  if (['backup_codes', 'context', 'metadata'].includes(column)) return toJsonText(value);
  return ['id', 'status'].includes(column) ? String(value) : JSON.stringify(value);
}

function toJsonText(value: unknown): string {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return JSON.stringify(value);
  return JSON.stringify(JSON.parse(value));
}
