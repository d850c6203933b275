import { type WatchDependencies, watchSession } from '../session/watch-session.ts';
import { type Ask, wantPart } from './call.ts';
import type { InputOf, OutputOf, Procedure } from './procedures.ts';
import type { AuthResult } from './result.ts';

/** What of an answer the caller builds on, and what to do with a success. */
export interface Expectation<T> {
  readonly promised: keyof T & string;
  readonly onSuccess?: () => void;
  readonly signal?: AbortSignal;
}

/** As `watchSession`, for a procedure by its path. */
export type Watch = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
  expectation: Expectation<OutputOf<P>>,
) => Promise<AuthResult<OutputOf<P>>>;

export function createWatch(dependencies: WatchDependencies, ask: Ask): Watch {
  return (procedure, input, { promised, onSuccess, signal }) =>
    watchSession(
      dependencies,
      async () => wantPart(await ask(procedure, input, signal), promised),
      onSuccess,
    );
}
