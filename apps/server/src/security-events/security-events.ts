import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { SecurityEvent } from './security-events.repository.ts';
import { insertSecurityEvent } from './security-events.repository.ts';

/** Leaves the pool to the calls even if every write hangs. */
const MAX_WRITING = 2;
/** How many events may wait; while a database hangs, more would only pile up. */
const MAX_WAITING = 100;

/** Anybody can cause these without an account, so they are dropped first. */
const FAILURES: ReadonlySet<string> = new Set(
  Object.values(errorTable).flatMap(({ securityEvent }) => securityEvent ?? []),
);

/** The log of events that matter for an account's security. */
export interface SecurityEvents {
  /**
   * Writes an event when its turn comes, and returns at once. A write that fails or hangs is logged and
   * counted, and never makes an error of a success. Where too many wait, failures are dropped first.
   */
  record(event: SecurityEvent): void;
  /** How many events were lost since the start: their write failed, or too many were waiting. */
  countLost(): number;
  /** Writes at once whatever waits, and ends when all is written: for when no call needs the pool. */
  drain(): Promise<void>;
}

/** Events in a queue of their own, at most 100 waiting. */
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
    // A scope of its own: its fault is not the fault of the call that it tells about.
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

  /** The newest failure goes, or the newest of all where none waits. */
  function dropOne(): void {
    const failure = waiting.findLastIndex(({ type }) => FAILURES.has(type));
    const [dropped] = waiting.splice(failure, 1);
    lost += 1;
    log.warn({ event: dropped?.type }, 'security event dropped: too many are waiting');
  }
}
