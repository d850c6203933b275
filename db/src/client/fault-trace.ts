import { AsyncLocalStorage } from 'node:async_hooks';

/** Where the driver met a fault: while taking a connection, or while a statement ran on it. */
export type FaultStage = 'acquire' | 'query';

/** One infrastructure fault as the driver saw it, before any library could catch or rename it. */
export interface Fault {
  readonly stage: FaultStage;
  readonly error: unknown;
}

/** Tells infrastructure faults from what Postgres says about the data (a unique violation). */
export type IsFault = (error: unknown) => boolean;

/**
 * Remembers, for each unit of work, the infrastructure faults that the database driver met, even those
 * that a library caught and turned into a 400, a 401 or a success of its own.
 */
export interface FaultTrace {
  /** Runs `work` in a scope of its own: faults inside it are not seen by the scope around it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Keeps `error` if it is an infrastructure fault. Outside any scope nothing is kept. */
  record(stage: FaultStage, error: unknown): void;
  /** The faults of the current scope, oldest first; empty outside any scope. */
  faults(): readonly Fault[];
}

/** Creates a trace that follows asynchronous work through `AsyncLocalStorage`. */
export function createFaultTrace(isFault: IsFault): FaultTrace {
  const scope = new AsyncLocalStorage<Fault[]>();
  return {
    run: (work) => scope.run([], work),
    record(stage, error) {
      if (isFault(error)) scope.getStore()?.push({ stage, error });
    },
    faults: () => scope.getStore() ?? [],
  };
}
