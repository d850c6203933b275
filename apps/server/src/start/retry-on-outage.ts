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
 * Repeats a step of the start for as long as it fails because of an infrastructure fault. Each new reason is
 * logged once and passed to `onWait`. Throws any other error, and when `signal` is aborted, also while a step
 * hangs.
 */
export async function retryOnOutage<T>(step: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { log, onWait, signal } = options;
  let lastReason = '';
  for (;;) {
    try {
      return await orAborted(step(), signal);
    } catch (error) {
      if (signal.aborted || !isInfrastructureFault(error)) throw error;
      const reason = `waiting to start: ${reasonOf(error)}`;
      if (reason !== lastReason) log.warn({ err: error }, reason);
      lastReason = reason;
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
