import { setTimeout as delay } from 'node:timers/promises';
import type { FaultTrace } from '@mana/db/client/fault-trace';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** The attempts of this process that are still to be taken back, by address. */
export interface UncertainAttempts {
  /** Takes an attempt back in the background, as soon as the database answers again. */
  add(email: string, takeBack: () => Promise<void>): void;
  /** Takes an address's attempts back now, before anything is decided on it. False if there are none. Throws. */
  resolve(email: string): Promise<boolean>;
  /** Gives up those that are left. */
  stop(): void;
}

/** Remembers nothing beyond this process: the database can't be told of what it may not have stored. */
export function createUncertainAttempts(
  faultTrace: FaultTrace,
  onFailure: (error: unknown) => void,
): UncertainAttempts {
  const waiting = new Map<string, Set<() => Promise<void>>>();
  return {
    add(email, takeBack) {
      const ofAddress = waiting.get(email) ?? new Set();
      waiting.set(email, ofAddress.add(takeBack));
      void retry(email, takeBack);
    },
    async resolve(email) {
      const ofAddress = waiting.get(email);
      for (const takeBack of [...(ofAddress ?? [])]) await run(email, takeBack);
      return ofAddress !== undefined;
    },
    stop: () => waiting.clear(),
  };

  async function run(email: string, takeBack: () => Promise<void>): Promise<void> {
    await takeBack();
    const ofAddress = waiting.get(email);
    ofAddress?.delete(takeBack);
    if (ofAddress?.size === 0) waiting.delete(email);
  }

  async function retry(email: string, takeBack: () => Promise<void>): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (waiting.get(email)?.has(takeBack)) {
      try {
        // In a scope of its own: its failure says nothing that the call's own fault hasn't said.
        await faultTrace.run(() => run(email, takeBack));
      } catch (error) {
        onFailure(error);
        await delay(waitMs, undefined, { ref: false });
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
  }
}
