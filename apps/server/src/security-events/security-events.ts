import type { Database } from '@mana/db/database';
import type { FaultTrace } from '@mana/db/fault-trace';
import type { Kysely } from 'kysely';
import type { Log } from '../log.ts';
import type { SecurityEvent } from './security-events.repository.ts';
import { insertSecurityEvent } from './security-events.repository.ts';

/** The most events that are being written at once; while a database hangs, more would only pile up. */
const MAX_PENDING = 100;

/** The trail of what matters for an account's safety. */
export interface SecurityEvents {
  /**
   * Starts writing an event and returns at once. A write that fails is logged and counted, and never
   * makes an error of a success.
   */
  record(event: SecurityEvent): void;
  /** How many events were lost since the start: their write failed, or too many were waiting. */
  countLost(): number;
  /** Waits for what is being written. */
  drain(): Promise<void>;
}

export function createSecurityEvents(
  db: Kysely<Database>,
  faultTrace: FaultTrace,
  log: Log,
): SecurityEvents {
  const pending = new Set<Promise<void>>();
  let lost = 0;
  return {
    record(event) {
      if (pending.size >= MAX_PENDING) {
        lost += 1;
        log.warn({ event: event.type }, 'security event dropped: too many are waiting');
        return;
      }
      // A scope of its own: its fault is not the fault of the call that it tells about.
      const write = faultTrace
        .run(() => insertSecurityEvent(db, event))
        .catch((error: unknown) => {
          lost += 1;
          log.warn({ err: error, event: event.type }, 'security event not written');
        })
        .finally(() => pending.delete(write));
      pending.add(write);
    },
    countLost: () => lost,
    async drain() {
      await Promise.all(pending);
    },
  };
}
