import { readProperty } from '@mana/auth-core/errors/safe-read';
import { toFailure } from './auth-failure.ts';
import type { InputOf, OutputOf, Procedure } from './procedures.ts';
import type { AuthResult } from './result.ts';
import type { Transport } from './transport.ts';

/** Calls a procedure. Never rejects; the output has the router's type, which nothing has checked. */
export type Call = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
  signal?: AbortSignal,
) => Promise<AuthResult<OutputOf<P>>>;

/** The one place that trusts the router's types for what the server sends. */
export function createCall(transport: Transport): Call {
  return async <P extends Procedure>(procedure: P, input: InputOf<P>, signal?: AbortSignal) => {
    const { result } = await transport(procedure, input, signal);
    return result as AuthResult<OutputOf<P>>;
  };
}

/** SERVICE_UNAVAILABLE for a success that lacks `field`, which the caller depends on. */
export function requireField<T>(result: AuthResult<T>, field: keyof T & string): AuthResult<T> {
  const isMissing = result.success && readProperty(result.data, field) === undefined;
  return isMissing ? toFailure('SERVICE_UNAVAILABLE') : result;
}
