import { Pool, type PoolConfig } from 'pg';

/**
 * What every session of ours relies on, whatever the server, the database or the role has as its default.
 *
 * `default_transaction_read_only` isn't among them: who sets it means it, and providers set it when a disk
 * is full.
 */
const RELIED_ON = {
  // Dates are read as text in ISO form, and everything is stored as UTF-8.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  client_encoding: 'UTF8',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // What a statement means.
  search_path: 'pg_catalog',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  transform_null_equals: 'off',
  // Under a stricter level concurrent calls would end with 40001, and who waited for a lock would not see
  // what it waited for.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // With `off` a statement fails where a policy would hide a row.
  row_security: 'on',
  lock_timeout: '0',
} as const;

/** For work that takes as long as it takes: migrations and commands. */
const UNLIMITED = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // Of PostgreSQL 17.
  transaction_timeout: '0',
} as const;

interface SessionPoolConfig extends PoolConfig {
  readonly connectionTimeoutMillis: number;
  /** Whether statements may take as long as they take. Else the limits of the configuration apply. */
  readonly isUnlimited?: boolean;
}

/**
 * A pool whose every connection has the settings that our statements rely on before anybody gets it. They
 * are set by a statement and not at startup, since PgBouncer refuses startup parameters that it doesn't know.
 */
export function createSessionPool({ isUnlimited = false, ...config }: SessionPoolConfig): Pool {
  const wanted = { ...RELIED_ON, ...(isUnlimited ? UNLIMITED : {}) };
  const statement = {
    text: SET_ALL,
    values: [JSON.stringify(wanted)],
    query_timeout: config.connectionTimeoutMillis,
  };
  return new Pool({
    ...config,
    onConnect: async (client) => {
      await client.query(statement);
    },
  });
}

/** Skips what this version of Postgres doesn't have. */
const SET_ALL = `
  select pg_catalog.set_config(name, value, false)
  from pg_catalog.json_each_text($1::pg_catalog.json) as wanted (name, value)
  where pg_catalog.current_setting(name, true) is not null`;
