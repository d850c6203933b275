import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { FailedCall } from './failed-calls.repository.ts';
import { countFailedCalls } from './failed-calls.repository.ts';

/** The most accounts and codes whose counts wait: while a database hangs, more would only pile up. */
const MAX_WAITING = 100;

/** The part of the audit log that changes nothing: calls that failed. */
export interface SecurityEvents {
  /**
   * Counts a failed call in the background, together with others like it that wait. A write that fails is
   * logged, and never changes what the caller is told.
   */
  count(call: FailedCall): void;
  /** How many failed calls weren't counted since the start: their write failed, or too many were waiting. */
  countLost(): number;
  /** Ends when all that wait are written: for when no call needs the pool. */
  drain(): Promise<void>;
}

/** Makes an audit log of failed calls that uses one connection at a time. */
export function createSecurityEvents(
  db: Kysely<Database>,
  faultTrace: FaultTrace,
  log: Log,
): SecurityEvents {
  let waiting = new Map<string, FailedCall & { times: number }>();
  let writing: Promise<void> | null = null;
  let lost = 0;
  return {
    count(call) {
      const key = JSON.stringify([call.userId, call.code]);
      const before = waiting.get(key)?.times ?? 0;
      if (before === 0 && waiting.size >= MAX_WAITING) {
        lost += 1;
        log.warn({ event: call.type }, 'failed call not counted: too many are waiting');
        return;
      }
      waiting.set(key, { ...call, times: before + 1 });
      writing ??= writeWaiting();
    },
    countLost: () => lost,
    async drain() {
      await writing;
    },
  };

  async function writeWaiting(): Promise<void> {
    while (waiting.size > 0) {
      const calls = [...waiting.values()];
      waiting = new Map();
      try {
        // In a scope of its own: a fault here is not the fault of the call that is counted.
        await faultTrace.run(() => countFailedCalls(db, calls));
      } catch (error) {
        lost += calls.reduce((sum, { times }) => sum + times, 0);
        log.warn({ err: error, events: calls.map(({ type }) => type) }, 'failed calls not counted');
      }
    }
    writing = null;
  }
}
