import { readNumber, readProperty, readString } from '../safe-read.ts';
import type { Classification } from './classification.ts';

/**
 * The classes of SQLSTATE that can come from what a request asked for, and so aren't a fault of the
 * database: a value, a constraint, a case that our SQL didn't foresee, or an exception that our SQL
 * raises. They are a bug in the program: INTERNAL.
 *
 * Every other class is infrastructure: connection, resources, operator, schema drift (42),
 * privileges, transactions and statements lost behind a pooler (25, 26, 34, 40), the server's own
 * login (28). A new class of a later PostgreSQL is infrastructure too.
 */
const programClasses: ReadonlySet<string> = new Set([
  '00', // successful completion
  '01', // warning
  '02', // no data
  '03', // SQL statement not yet complete
  '09', // triggered action exception
  '0F', // locator exception
  '0Z', // diagnostics exception
  '10', // XQuery error
  '20', // case not found
  '21', // cardinality violation
  '22', // data exception
  '23', // integrity constraint violation
  '24', // invalid cursor state
  '27', // triggered data change violation
  '2F', // SQL routine exception
  '38', // external routine exception
  '39', // external routine invocation exception
  '44', // WITH CHECK OPTION violation
  'P0', // PL/pgSQL error
]);

/**
 * Recognises an error that PostgreSQL sent, by its SQLSTATE.
 *
 * Only a unique violation on the users' email is for the user to solve. None counts toward lockout:
 * 28P01 is about the server's own password, not a visitor's.
 */
export function classifyPostgres(error: unknown): Classification | undefined {
  const sqlState = findSqlState(error);
  if (sqlState === undefined) return undefined;
  if (sqlState === '23505' && isUsersEmailViolation(error)) {
    return { code: 'EMAIL_ALREADY_REGISTERED', rawCode: sqlState };
  }
  const severity = readString(error, 'severity');
  const sessionEnded = severity === 'FATAL' || severity === 'PANIC';
  const isProgram = programClasses.has(sqlState.slice(0, 2)) && !sessionEnded;
  return { code: isProgram ? 'INTERNAL' : 'SERVICE_UNAVAILABLE', rawCode: sqlState };
}

/**
 * The SQLSTATE, if the error has the shape that a driver gives it. Five capitals alone say nothing:
 * EPIPE is a system error, and libraries have codes of their own.
 */
function findSqlState(error: unknown): string | undefined {
  const code = readString(error, 'code');
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  if (readProperty(error, 'syscall') !== undefined) return undefined;
  const isFromServer =
    readString(error, 'severity') !== undefined ||
    readString(error, 'routine') !== undefined ||
    (readNumber(error, 'length') !== undefined && readString(error, 'name') === 'error');
  return isFromServer ? code : undefined;
}

/** The first key column, as the detail names it: `Key (email)=(…)` or `Key (lower(email))=(…)`. */
const emailKey = /^[^(]*\((?:lower\(\(?)?email(?:\)::text)?\)+=/;
/** Ours, and that of a database that Drizzle made. */
const usersEmailConstraints: ReadonlySet<string> = new Set([
  'users_email_key',
  'users_email_unique',
]);

function isUsersEmailViolation(error: unknown): boolean {
  const schema = readString(error, 'schema');
  if (schema !== undefined && schema !== 'auth') return false;
  const table = readString(error, 'table');
  if (table !== undefined && table !== 'users') return false;
  if (usersEmailConstraints.has(readString(error, 'constraint') ?? '')) return true;
  return table === 'users' && emailKey.test(readString(error, 'detail') ?? '');
}
