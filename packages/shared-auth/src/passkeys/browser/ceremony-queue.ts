import { toFailure } from '../../transport/auth-failure.ts';
import type { AuthResult } from '../../transport/result.ts';

export interface Turn {
  /** `asked`: the user wants it now. `offered`: it waits for the user, and yields to what they want. */
  readonly kind: 'asked' | 'offered';
  /** Ends the turn. */
  readonly signal?: AbortSignal | undefined;
}

/** One ceremony at a time: a browser refuses a second one while the first is pending. */
export interface CeremonyTurns {
  /**
   * Ends the ceremony before, waits for that, and runs this one. An offer doesn't end what the user
   * asked for, and is PASSKEY_CANCELLED then, as is every ceremony that fails because it was ended.
   */
  take<T>(turn: Turn, ceremony: Ceremony<T>): Promise<AuthResult<T>>;
  /** Ends the ceremony that is pending. */
  stop(): void;
}

/** Never rejects, and settles soon after the signal is aborted. */
type Ceremony<T> = (signal: AbortSignal) => Promise<AuthResult<T>>;

interface Pending {
  readonly kind: Turn['kind'];
  readonly controller: AbortController;
  readonly ended: Promise<unknown>;
}

export function createCeremonyTurns(): CeremonyTurns {
  let pending: Pending | undefined;

  return {
    stop: () => pending?.controller.abort(),
    async take(turn, ceremony) {
      const before = pending;
      if (turn.kind === 'offered' && before?.kind === 'asked') {
        return toFailure('PASSKEY_CANCELLED');
      }
      const controller = new AbortController();
      const signal = turn.signal
        ? AbortSignal.any([controller.signal, turn.signal])
        : controller.signal;
      before?.controller.abort();
      const running = runAfter(before?.ended, signal, ceremony);
      const own = { kind: turn.kind, controller, ended: running };
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
