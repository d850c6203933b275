import { setTimeout as delay } from 'node:timers/promises';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { findKekProblems, findRetirement } from '../key-providers/check-keks.ts';
import { reasonOf } from '../logging/error-reason.ts';

/** A key service charges per call, and every server calls it. */
const CHECK_EVERY_MS = 10_000;
/** While something is wrong, so that its end is noticed soon. */
const RECHECK_MS = 2000;

/** Checks the keys of the vaults at its own pace, so that a service that hangs holds up no other check. */
export interface KekWatch {
  /** What the last finished check found. Empty at first, since the start has checked the keys. */
  problems(): readonly string[];
  /** Waits for a running check. */
  stop(): Promise<void>;
}

interface WatchOptions {
  readonly db: Kysely<Database>;
  readonly keyProvider: KeyProvider;
  readonly faultTrace: FaultTrace;
}

/** Starts watching. */
export function startKekWatch({ db, keyProvider, faultTrace }: WatchOptions): KekWatch {
  const stopping = new AbortController();
  let problems: readonly string[] = [];
  const watching = watch();

  async function watch(): Promise<void> {
    for (;;) {
      const pauseMs = problems.length > 0 ? RECHECK_MS : CHECK_EVERY_MS;
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      problems = await faultTrace.run(findProblems).catch(explainUnchecked);
    }
  }

  async function findProblems(): Promise<string[]> {
    const retired = await findRetirement(db, keyProvider);
    return [...(await findKekProblems(db, keyProvider)), ...(retired === null ? [] : [retired])];
  }

  return {
    problems: () => problems,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** Keys that can't be checked aren't known to be right. */
function explainUnchecked(error: unknown): string[] {
  return [`the keys of the vaults can't be checked: ${reasonOf(error)}`];
}
