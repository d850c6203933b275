import type { AuthFailure, AuthResult } from '@mana/shared-auth';
import { onMount } from 'svelte';
import { reauthentication } from '../session/reauthentication.svelte.ts';
import { decideNextStep } from './next-step.ts';
import { retryAfterReauthentication } from './retry-after-reauthentication.ts';

/** What an action calls, and what follows. */
export interface ActionOptions<T> {
  readonly call: () => Promise<AuthResult<T>>;
  /** Whether the browser prompts the person: then it is never retried automatically. */
  readonly isPrompt?: boolean;
  /** Whether it only reads: then it is also retried automatically after a limit. */
  readonly isReadOnly?: boolean;
  readonly done?: (data: T) => void;
  /** Called for every failure, including those that will be retried. */
  readonly failed?: (failure: AuthFailure) => void;
}

/** An action as a form or a notice sees it, whatever its result is. */
export type ActionState = Pick<
  Action<unknown>,
  'isBusy' | 'failure' | 'waitsFor' | 'secondsLeft' | 'isRetrying' | 'run' | 'stop'
>;

/**
 * Something that a person asks for: busy, then done or failed. Never two calls at a time. A fault of
 * ours is retried after a countdown, until it goes through or `stop` is called.
 */
export class Action<T> {
  #options: ActionOptions<T>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #isDisposed = false;
  #isStopped = false;

  isBusy = $state(false);
  /** Stays until the next result, so that a notice doesn't flicker between two tries. */
  failure = $state.raw<AuthFailure | null>(null);
  /** What the countdown leads to; null when none is running. */
  waitsFor = $state<'retry' | 'wait' | null>(null);
  secondsLeft = $state(0);

  constructor(options: ActionOptions<T>) {
    this.#options = options;
  }

  /** Whether a failed call is being retried, or will be automatically. */
  get isRetrying(): boolean {
    return this.waitsFor === 'retry' || (this.isBusy && this.#tries > 1);
  }

  /** Calls right away. Does nothing while a call is under way or a limit has to pass. */
  async run(): Promise<void> {
    if (this.isBusy || this.waitsFor === 'wait') return;
    this.#endWait();
    this.#tries += 1;
    this.#isStopped = false;
    this.isBusy = true;
    const result = await this.#options.call();
    this.isBusy = false;
    this.accept(result);
  }

  /** Takes the result of another call of the same kind as its own. */
  accept(result: AuthResult<T>): void {
    if (this.#isDisposed) return;
    this.#endWait();
    // Somebody who closes a prompt knows that nothing was done.
    const isShown = !result.success && result.code !== 'PASSKEY_CANCELLED';
    this.failure = isShown ? result : null;
    if (result.success) {
      this.#tries = 0;
      this.#options.done?.(result.data);
    } else {
      this.#afterFailure(result);
      this.#options.failed?.(result);
    }
  }

  /** Ends the countdown to a retry, for example because the network is back. */
  retryNow(): void {
    if (this.waitsFor === 'retry') void this.run();
  }

  /** Stops retrying: the input has changed, so it would no longer be the same call. */
  stop(): void {
    this.#tries = 0;
    this.#isStopped = true;
    if (this.waitsFor === 'retry') this.#endWait();
  }

  /** Clears a failure and its wait: what comes next is about something else. */
  reset(): void {
    this.#tries = 0;
    this.failure = null;
    this.#endWait();
  }

  /** For leaving the page: stops the timer, and a late answer changes nothing. */
  dispose(): void {
    this.#isDisposed = true;
    this.#endWait();
  }

  #afterFailure(failure: AuthFailure): void {
    const decided = decideNextStep(failure, this.#tries);
    const isLimit = decided.kind === 'wait' && this.#options.isReadOnly === true;
    const step = isLimit ? { ...decided, kind: 'retry' as const } : decided;
    if (step.kind !== 'retry') this.#tries = 0;
    const staysFailed = this.#isStopped || this.#options.isPrompt === true;
    if (step.kind === 'none' || (step.kind === 'retry' && staysFailed)) return;
    this.waitsFor = step.kind;
    this.#tick(Date.now() + step.afterSec * 1000);
  }

  #tick(endsAtMs: number): void {
    const leftMs = endsAtMs - Date.now();
    this.secondsLeft = Math.max(0, Math.ceil(leftMs / 1000));
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#tick(endsAtMs), leftMs % 1000 || 1000);
      return;
    }
    if (this.waitsFor === 'retry') void this.run();
    else this.#endWait();
  }

  #endWait(): void {
    clearTimeout(this.#timer);
    this.waitsFor = null;
    this.secondsLeft = 0;
  }
}

/**
 * An action for the component being created: ends with it, retries at once when the network is back, and
 * asks for the password if the call requires reauthentication.
 */
export function createAction<T>(options: ActionOptions<T>): Action<T> {
  const call = () => retryAfterReauthentication(options.call, () => reauthentication.request());
  const action = new Action({ ...options, call });
  onMount(() => {
    const retryNow = () => action.retryNow();
    window.addEventListener('online', retryNow);
    return () => {
      window.removeEventListener('online', retryNow);
      action.dispose();
    };
  });
  return action;
}
