import { setTimeout as delay } from 'node:timers/promises';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { findKekProblems, findRetirement } from '../key-providers/check-keks.ts';
import { reasonOf } from '../logging/error-reason.ts';

/** A service wants money for each question, and is asked by every server. */
const CHECK_EVERY_MS = 10_000;
/** While something is wrong, so that it is noticed when that is over. */
const CHECK_AGAIN_MS = 2000;

/** Looks after the keys of the vaults, at its own pace: a service that hangs holds up no other check. */
export interface KekWatch {
  /** What the newest check that ended found. Begins with nothing: who starts it has checked the keys. */
  problems(): readonly string[];
  /** Waits for the check under way. */
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
      const pauseMs = problems.length > 0 ? CHECK_AGAIN_MS : CHECK_EVERY_MS;
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      problems = await faultTrace.run(findProblems).catch(tellWhyUnchecked);
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

/** What can't be checked isn't known to be right. */
function tellWhyUnchecked(error: unknown): string[] {
  return [`the keys of the vaults can't be checked: ${reasonOf(error)}`];
}
