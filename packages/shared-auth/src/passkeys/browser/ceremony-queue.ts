import { toFailure } from '../../transport/auth-failure.ts';
import type { AuthResult } from '../../transport/result.ts';

/** Who a ceremony is for, and until when. */
export interface CeremonyRequest {
  /** Offered, not requested by the user: it waits for them, and gives way to what they request. */
  readonly isOffer?: boolean;
  /** Ends the ceremony. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs one ceremony at a time: browsers refuse a second one while the first is pending. */
export interface CeremonyQueue {
  /**
   * Ends the pending ceremony, waits until it is over, and runs this one. An offer doesn't end what the
   * user requested; it is PASSKEY_CANCELLED then, like every ceremony that fails because it was ended.
   */
  run<T>(request: CeremonyRequest, ceremony: Ceremony<T>): Promise<AuthResult<T>>;
  /** Ends the pending ceremony. */
  stop(): void;
}

/** Never rejects, and settles soon after the signal is aborted. */
type Ceremony<T> = (signal: AbortSignal) => Promise<AuthResult<T>>;

interface Pending {
  readonly isOffer: boolean | undefined;
  readonly controller: AbortController;
  readonly ended: Promise<unknown>;
}

/** A queue for one page; every ceremony of the page has to go through it. */
export function createCeremonyQueue(): CeremonyQueue {
  let pending: Pending | undefined;

  return {
    stop: () => pending?.controller.abort(),
    async run(request, ceremony) {
      const before = pending;
      if (request.isOffer && before && !before.isOffer) {
        return toFailure('PASSKEY_CANCELLED');
      }
      const controller = new AbortController();
      const signal = request.signal
        ? AbortSignal.any([controller.signal, request.signal])
        : controller.signal;
      before?.controller.abort();
      const running = runAfter(before?.ended, signal, ceremony);
      const own = { isOffer: request.isOffer, controller, ended: running };
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
