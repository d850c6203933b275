import type { Lockout, LockoutBucket, ReservedAttempt } from './lockout.ts';

const BUCKET_KEY = /^(?:unknown|device:.+)$/s;

/**
 * Reads a stored lockout. Throws for whatever the decisions can't have written, for a damaged row must
 * not pass for one without failures. The message names the place and none of the values.
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

function readRecord(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw toDamage(place);
  return Object.fromEntries(Object.entries(value));
}

/** So many and no more: one that is missing fails where it is read. */
function expectFields(record: object, count: number, place: string): void {
  if (Object.keys(record).length > count) throw toDamage(place);
}

function readArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw toDamage(place);
  return value;
}

function readNumber(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw toDamage(place);
  return value;
}

function toDamage(place: string): Error {
  return new TypeError(`A stored lockout is damaged: ${place}`);
}
