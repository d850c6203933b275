import { setTimeout as delay } from 'node:timers/promises';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import { prune } from './prune.ts';

const PAUSE_MS = 10 * 60_000;

/** What pruning works with. */
export interface PruningOptions {
  readonly db: Kysely<Database>;
  readonly faultTrace: FaultTrace;
  readonly log: Log;
  readonly now: () => Date;
  readonly loginAttemptsKeptDays: number;
}

/** Prunes about every ten minutes until stopped. A round that fails is logged, and the next one follows. */
export function startPruning(options: PruningOptions): { stop(): Promise<void> } {
  const { db, faultTrace, log, now, loginAttemptsKeptDays } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      // Servers that started together shouldn't all prune at the same time.
      const pauseMs = PAUSE_MS * (0.5 + Math.random());
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await pruneOnce();
    }
  }

  async function pruneOnce(): Promise<void> {
    try {
      const round = { now: now(), loginAttemptsKeptDays, signal };
      const pruned = await faultTrace.run(() => prune(db, round));
      if (pruned > 0) log.info({ rows: pruned }, 'old rows were pruned');
    } catch (error) {
      log.warn({ err: error }, 'old rows could not be pruned: trying again later');
    }
  }
}
