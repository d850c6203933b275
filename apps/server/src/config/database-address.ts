import pg from 'pg';

/** What a database URL names, as the driver reads it. */
export interface DatabaseAddress {
  readonly user: string | undefined;
  /** A host name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
}

/**
 * Parameters of libpq that decide where a connection goes or which server it accepts, and that the driver
 * ignores.
 */
const IGNORED_BY_DRIVER = [
  'dbname',
  'hostaddr',
  'service',
  'passfile',
  'requiressl',
  'target_session_attrs',
  'load_balance_hosts',
];

/**
 * Reads a URL in the driver's own way, so that what we say about a connection is true of it: parameters
 * such as `?user=` and `?host=` count, and PG* variables stand in for what is missing. Throws for a URL
 * that the driver can't use.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  // Connects only when it is told to.
  const { user, host, port, database } = new pg.Client({ connectionString: url });
  return { user, host, port, database };
}

/** Why we can't serve from this address, to follow the name of its variable; undefined if we can. */
export function findAddressProblem(url: string): string | undefined {
  const ignored = IGNORED_BY_DRIVER.find((name) => new URL(url).searchParams.has(name));
  if (ignored) return `must not use ${ignored}: name one host and database in the address itself`;
  try {
    const { user, host, database, port } = parseDatabaseUrl(url);
    if (host.includes(',')) return 'must name one host';
    if (!user || !database) return 'must name a user and a database';
    return Number.isInteger(port) ? undefined : 'must have a number as its port';
  } catch {
    return "must be an address that the driver can use: its parameters can't be read";
  }
}
