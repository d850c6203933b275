import { toFailure } from '../../transport/auth-failure.ts';
import type { AuthResult } from '../../transport/result.ts';

export interface CeremonyRequest {
  /** `requested`: the user wants it now. `offered`: it waits for the user, and yields to what they want. */
  readonly kind: 'requested' | 'offered';
  /** Ends the ceremony. */
  readonly signal?: AbortSignal | undefined;
}

/** One ceremony at a time: a browser refuses a second one while the first is pending. */
export interface CeremonyQueue {
  /**
   * Ends the ceremony before, waits for that, and runs this one. An offer doesn't end what the user
   * asked for, and is PASSKEY_CANCELLED then, as is every ceremony that fails because it was ended.
   */
  run<T>(request: CeremonyRequest, ceremony: Ceremony<T>): Promise<AuthResult<T>>;
  /** Ends the ceremony that is pending. */
  stop(): void;
}

/** Never rejects, and settles soon after the signal is aborted. */
type Ceremony<T> = (signal: AbortSignal) => Promise<AuthResult<T>>;

interface Pending {
  readonly kind: CeremonyRequest['kind'];
  readonly controller: AbortController;
  readonly ended: Promise<unknown>;
}

export function createCeremonyQueue(): CeremonyQueue {
  let pending: Pending | undefined;

  return {
    stop: () => pending?.controller.abort(),
    async run(request, ceremony) {
      const before = pending;
      if (request.kind === 'offered' && before?.kind === 'requested') {
        return toFailure('PASSKEY_CANCELLED');
      }
      const controller = new AbortController();
      const signal = request.signal
        ? AbortSignal.any([controller.signal, request.signal])
        : controller.signal;
      before?.controller.abort();
      const running = runAfter(before?.ended, signal, ceremony);
      const own = { kind: request.kind, controller, ended: running };
      pending = own;
      const result = await running;
      if (pending === own) pending = undefined;
      return result;
    },
  };
}

async function runAfter<T>(
  before: Promise<unknown> | undefined,
  signal: AbortSignal,
  ceremony: Ceremony<T>,
): Promise<AuthResult<T>> {
  await before;
  if (signal.aborted) return toFailure('PASSKEY_CANCELLED');
  const result = await ceremony(signal);
  return !result.success && signal.aborted ? toFailure('PASSKEY_CANCELLED') : result;
}
