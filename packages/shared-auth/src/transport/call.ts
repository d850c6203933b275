import { readProperty } from '@mana/auth-core/errors/safe-read';
import { toFailure } from './auth-failure.ts';
import type { InputOf, OutputOf, Procedure } from './procedures.ts';
import type { AuthResult } from './result.ts';
import type { Transport } from './transport.ts';

/** Calls a procedure and believes the router's types about its answer. */
export type Call = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
  signal?: AbortSignal,
) => Promise<AuthResult<OutputOf<P>>>;

/** The one place that believes the router's types: an object from the server is what they say. */
export function createCall(transport: Transport): Call {
  return async <P extends Procedure>(procedure: P, input: InputOf<P>, signal?: AbortSignal) => {
    const { result } = await transport(procedure, input, signal);
    return result as AuthResult<OutputOf<P>>;
  };
}

/** An answer without `promised`, the part that the caller builds on, is none. */
export function requireField<T>(result: AuthResult<T>, required: keyof T & string): AuthResult<T> {
  const isEmpty = result.success && readProperty(result.data, required) === undefined;
  return isEmpty ? toFailure('SERVICE_UNAVAILABLE') : result;
}
