import { type SessionCallDependencies, trackSession } from '../session/watch-session.ts';
import { type Call, requireField } from './call.ts';
import type { InputOf, OutputOf, Procedure } from './procedures.ts';
import type { AuthResult } from './result.ts';

/** What of an answer the caller builds on, and what to do with a success. */
export interface Expectation<T> {
  readonly required: keyof T & string;
  readonly onSuccess?: () => void;
  readonly signal?: AbortSignal;
}

/** As `trackSession`, for a procedure by its path. */
export type SessionCall = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
  expectation: Expectation<OutputOf<P>>,
) => Promise<AuthResult<OutputOf<P>>>;

export function createSessionCall(dependencies: SessionCallDependencies, call: Call): SessionCall {
  return (procedure, input, { required, onSuccess, signal }) =>
    trackSession(
      dependencies,
      async () => requireField(await call(procedure, input, signal), required),
      onSuccess,
    );
}
