import { readString } from '../safe-read.ts';
import type { Classification } from './classification.ts';

/**
 * What `pg`, `pg-pool` and `kysely` say, in bare errors without a code, when the database can't be
 * reached or the pool is exhausted. `classify-database-driver.test.ts` makes the drivers say it.
 */
const driverMessages: ReadonlySet<string> = new Set([
  // pg-pool
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
  'Cannot use a pool after calling end on the pool',
  // pg
  'timeout expired',
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
  // kysely
  'driver has already been destroyed',
  'Postgres connection has been discarded',
]);

/** pg's messages for a login that can't be completed, and for a response that breaks the protocol. */
const driverMessage = /^SASL: |^Received unexpected \w+ message from backend\.$/;

/** Recognises the database drivers' own errors and Better Auth's schema check. */
export function classifyDatabaseDriver(error: unknown): Classification | undefined {
  const name = readString(error, 'name');
  // An earlier statement failed and Postgres turned COMMIT into ROLLBACK.
  if (name === 'AbortedTransactionError') return { code: 'SERVICE_UNAVAILABLE', rawCode: name };
  if (readString(error, 'code') === 'SCHEMA_MISMATCH' && name === 'BetterAuthError') {
    return { code: 'SERVICE_UNAVAILABLE', rawCode: 'SCHEMA_MISMATCH' };
  }
  const message = readString(error, 'message');
  if (message === undefined) return undefined;
  const isFault = driverMessages.has(message) || driverMessage.test(message);
  return isFault ? { code: 'SERVICE_UNAVAILABLE' } : undefined;
}
