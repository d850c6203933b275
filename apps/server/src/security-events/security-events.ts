import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { SecurityEvent } from './security-events.repository.ts';
import { insertSecurityEvent } from './security-events.repository.ts';

/** Few enough to leave the pool to the calls, even while every write hangs. */
const MAX_WRITING = 2;
/** The most events that wait: while a database hangs, more would only pile up. */
const MAX_WAITING = 100;

/** Anybody can cause these without an account, so they make room for what was done to one. */
const FAILURES: ReadonlySet<string> = new Set(
  Object.values(errorTable).flatMap(({ securityEvent }) => securityEvent ?? []),
);

/** The audit log of what matters for an account's security. */
export interface SecurityEvents {
  /**
   * Writes an event when its turn comes, and returns at once. A write that fails is logged and counted, and
   * never turns a success into an error. If too many are waiting, failures are dropped first.
   */
  record(event: SecurityEvent): void;
  /** How many events have been lost since the start: their write failed, or too many were waiting. */
  countLost(): number;
  /** Writes all waiting events at once, and ends when they are written: for when no call needs the pool. */
  drain(): Promise<void>;
}

/** Makes an audit log that writes at most two events at a time. */
export function createSecurityEvents(
  db: Kysely<Database>,
  faultTrace: FaultTrace,
  log: Log,
): SecurityEvents {
  const writing = new Set<Promise<void>>();
  const waiting: SecurityEvent[] = [];
  let lost = 0;
  return {
    record(event) {
      if (writing.size < MAX_WRITING) {
        write(event);
        return;
      }
      waiting.push(event);
      if (waiting.length > MAX_WAITING) dropOne();
    },
    countLost: () => lost,
    async drain() {
      while (writing.size > 0) {
        for (const event of waiting.splice(0)) write(event);
        await Promise.all(writing);
      }
    },
  };

  function write(event: SecurityEvent): void {
    // In a scope of its own: a fault here is not the fault of the call that the event is about.
    const written = faultTrace
      .run(() => insertSecurityEvent(db, event))
      .catch((error: unknown) => {
        lost += 1;
        log.warn({ err: error, event: event.type }, 'security event not written');
      })
      .finally(() => {
        writing.delete(written);
        const next = writing.size < MAX_WRITING ? waiting.shift() : undefined;
        if (next) write(next);
      });
    writing.add(written);
  }

  /** Drops the newest failure, or the newest event of all if no failure is waiting. */
  function dropOne(): void {
    const failure = waiting.findLastIndex(({ type }) => FAILURES.has(type));
    const [dropped] = waiting.splice(failure, 1);
    lost += 1;
    log.warn({ event: dropped?.type }, 'security event dropped: too many are waiting');
  }
}
