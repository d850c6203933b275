import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

interface WorkQueueOptions {
  /** For the log: what there is too much of. */
  readonly work: string;
  readonly maxConcurrent: number;
  /** Zero refuses whatever can't start at once. */
  readonly maxWaiting: number;
}

/** Runs a bounded number of pieces of work at once, and lets a bounded number wait. */
export interface WorkQueue {
  /**
   * Runs the work when its turn comes. Throws SERVICE_UNAVAILABLE at once, having done nothing, if the queue
   * is full; the time to wait is when it should be empty.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Weight of the newest duration in the running average. */
const NEWEST = 0.1;

/** Makes a queue, first come, first served. Work that fails makes room like any other. */
export function createWorkQueue({ work, maxConcurrent, maxWaiting }: WorkQueueOptions): WorkQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let typicalMs = 0;

  return {
    async run(piece) {
      await enter();
      const startedAt = performance.now();
      try {
        return await piece();
      } finally {
        remember(performance.now() - startedAt);
        leave();
      }
    },
  };

  async function enter(): Promise<void> {
    if (running < maxConcurrent) {
      running += 1;
      return;
    }
    if (waiting.length >= maxWaiting) throw refuse();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** Whoever has waited longest is next; nobody can slip in between. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  function remember(tookMs: number): void {
    typicalMs = typicalMs === 0 ? tookMs : typicalMs + (tookMs - typicalMs) * NEWEST;
  }

  function refuse(): AuthError {
    const emptyInMs = typicalMs * (1 + waiting.length / maxConcurrent);
    return new AuthError('SERVICE_UNAVAILABLE', {
      cause: new Error(
        `Shed: ${running} ${work} are running and ${waiting.length} waiting, which is the limit`,
      ),
      retryAfterSec: Math.max(1, Math.ceil(emptyInMs / 1000)),
    });
  }
}
