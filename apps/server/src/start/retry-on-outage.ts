import { setTimeout as delay } from 'node:timers/promises';
import { isInfrastructureFault } from '@mana/auth-core/errors/classify/classify-from-error';
import { reasonOf } from '../logging/error-reason.ts';
import type { Log } from '../logging/log.ts';

const RETRY_AFTER_MS = 1000;

interface RetryOptions {
  readonly log: Log;
  readonly onWait: (reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Does a step of the start again for as long as it fails by a fault of the infrastructure, and says why
 * it waits, in the log once for each new reason. Any other error is thrown, and so is the end of `signal`,
 * which also ends the wait for a step that hangs.
 */
export async function retryFaults<T>(step: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { log, onWait, signal } = options;
  let told = '';
  for (;;) {
    try {
      return await orAborted(step(), signal);
    } catch (error) {
      if (signal.aborted || !isInfrastructureFault(error)) throw error;
      const reason = `the start waits: ${reasonOf(error)}`;
      if (reason !== told) log.warn({ err: error }, reason);
      told = reason;
      onWait(reason);
      await delay(RETRY_AFTER_MS, undefined, { signal });
    }
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}
