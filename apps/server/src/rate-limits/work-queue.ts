import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

/** How much work runs and waits at a time. */
export interface WorkQueueOptions {
  /** For the log: what there is too much of. */
  readonly work: string;
  readonly maxConcurrent: number;
  /** Zero refuses whatever can't begin at once. */
  readonly maxWaiting: number;
}

/** A bounded queue for work that must not run all at once. */
export interface WorkQueue {
  /**
   * Runs the work when its turn comes. Throws SERVICE_UNAVAILABLE at once, having done nothing, when the
   * queue is full; the time to wait is when it should be empty.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Weight of the newest duration in the running average. */
const NEWEST = 0.1;

/**
 * At most so many pieces of work at once and so many behind, first come, first served. Work that fails
 * frees its place like any other.
 */
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

  /** The place goes to who waits longest; nobody can slip in between. */
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
      cause: new Error(`Shed: ${running} ${work} and ${waiting.length} waiting are all that fit`),
      retryAfterSec: Math.max(1, Math.ceil(emptyInMs / 1000)),
    });
  }
}
