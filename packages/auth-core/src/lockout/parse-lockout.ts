import type { Lockout, LockoutBucket, ReservedAttempt } from './lockout.ts';

const BUCKET_KEY = /^(?:unknown|device:.+)$/s;

/**
 * Reads a stored lockout. Throws a `TypeError` for anything that the decisions can't have written, since a
 * damaged row must not pass for one without failures. The message says where, and none of the values.
 */
export function parseLockout(value: unknown): Lockout {
  const lockout = readRecord(value, 'the lockout');
  expectFields(lockout, 2, 'the lockout');
  const consecutiveFailures = readNumber(lockout['consecutiveFailures'], 'consecutiveFailures');
  if (!Number.isSafeInteger(consecutiveFailures)) throw toDamage('consecutiveFailures');
  const buckets = Object.entries(readRecord(lockout['buckets'], 'buckets')).map(([key, bucket]) => {
    if (!BUCKET_KEY.test(key)) throw toDamage('the name of a bucket');
    return [key, parseBucket(bucket)] as const;
  });
  return { buckets: Object.fromEntries(buckets), consecutiveFailures };
}

function parseBucket(value: unknown): LockoutBucket {
  const bucket = readRecord(value, 'a bucket');
  expectFields(bucket, 3, 'a bucket');
  const { failedAtMs, pending, lockedUntilMs } = bucket;
  return {
    failedAtMs: readArray(failedAtMs, 'failedAtMs').map((atMs) => readNumber(atMs, 'failedAtMs')),
    pending: readArray(pending, 'pending').map(parsePending),
    lockedUntilMs: lockedUntilMs === null ? null : readNumber(lockedUntilMs, 'lockedUntilMs'),
  };
}

function parsePending(value: unknown): ReservedAttempt {
  const pending = readRecord(value, 'pending');
  expectFields(pending, 2, 'pending');
  const { id, untilMs } = pending;
  if (typeof id !== 'string') throw toDamage('pending');
  return { id, untilMs: readNumber(untilMs, 'untilMs') };
}

function readRecord(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw toDamage(where);
  return Object.fromEntries(Object.entries(value));
}

/** No more than `count`; a missing one fails where it is read. */
function expectFields(record: object, count: number, where: string): void {
  if (Object.keys(record).length > count) throw toDamage(where);
}

function readArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw toDamage(where);
  return value;
}

function readNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw toDamage(where);
  return value;
}

function toDamage(where: string): Error {
  return new TypeError(`A stored lockout is damaged: ${where}`);
}
