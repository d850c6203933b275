import type { AuthFailure, AuthResult } from '@mana/shared-auth';
import { onMount } from 'svelte';
import { reauthentication } from '../session/reauthentication.svelte.ts';
import { decideNextStep } from './next-step.ts';
import { repeatWhenProven } from './repeat-when-proven.ts';

export interface ActionOptions<T> {
  readonly call: () => Promise<AuthResult<T>>;
  /** Whether the browser asks the person something: then it isn't repeated without being asked. */
  readonly isPrompt?: boolean;
  /** Whether it only looks at what there is: then it goes on by itself after a limit as well. */
  readonly isLook?: boolean;
  readonly done?: (data: T) => void;
  /** Called for every failure, those that will be repeated too. */
  readonly failed?: (failure: AuthFailure) => void;
}

/** An action as a form or a note sees it, whatever comes of it. */
export type ShownAction = Pick<
  Action<unknown>,
  'isBusy' | 'failure' | 'waitsFor' | 'secondsLeft' | 'isRepeating' | 'run' | 'stop'
>;

/**
 * One thing that a person asks for: busy, then done or failed. Never two calls at a time. A fault of
 * ours is repeated by itself after a countdown, until it goes through or somebody calls `stop`.
 */
export class Action<T> {
  #options: ActionOptions<T>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #isLeft = false;
  #isStopped = false;

  isBusy = $state(false);
  /** Stays until the next result, so that a note doesn't flicker between two tries. */
  failure = $state.raw<AuthFailure | null>(null);
  /** What the countdown leads to; null when none is running. */
  waitsFor = $state<'repeat' | 'pause' | null>(null);
  secondsLeft = $state(0);

  constructor(options: ActionOptions<T>) {
    this.#options = options;
  }

  /** Whether a failed call is being tried again, or will be without being asked. */
  get isRepeating(): boolean {
    return this.waitsFor === 'repeat' || (this.isBusy && this.#tries > 1);
  }

  /** Calls, at once. Does nothing while a call is under way or a limit has to pass. */
  async run(): Promise<void> {
    if (this.isBusy || this.waitsFor === 'pause') return;
    this.#endWait();
    this.#tries += 1;
    this.#isStopped = false;
    this.isBusy = true;
    const result = await this.#options.call();
    this.isBusy = false;
    this.take(result);
  }

  /** Goes on as if this call had brought the result: another one of the same kind did. */
  take(result: AuthResult<T>): void {
    if (this.#isLeft) return;
    this.#endWait();
    // Who closes a prompt knows it, and that nothing was done.
    const isSaid = !result.success && result.code !== 'PASSKEY_CANCELLED';
    this.failure = isSaid ? result : null;
    if (result.success) {
      this.#tries = 0;
      this.#options.done?.(result.data);
    } else {
      this.#afterFailure(result);
      this.#options.failed?.(result);
    }
  }

  /** Tries again now if the countdown leads there, for example because the network came back. */
  hurry(): void {
    if (this.waitsFor === 'repeat') void this.run();
  }

  /** Ends the trying: what was typed has changed, so it isn't the same call any more. */
  stop(): void {
    this.#tries = 0;
    this.#isStopped = true;
    if (this.waitsFor === 'repeat') this.#endWait();
  }

  /** Ends a failure and its wait: what comes next is about somebody or something else. */
  forget(): void {
    this.#tries = 0;
    this.failure = null;
    this.#endWait();
  }

  /** For when the page is left: no timer goes on, and a late answer changes nothing. */
  leave(): void {
    this.#isLeft = true;
    this.#endWait();
  }

  #afterFailure(failure: AuthFailure): void {
    const decided = decideNextStep(failure, this.#tries);
    const isLimit = decided.kind === 'pause' && this.#options.isLook === true;
    const step = isLimit ? { ...decided, kind: 'repeat' as const } : decided;
    if (step.kind !== 'repeat') this.#tries = 0;
    const staysFailed = this.#isStopped || this.#options.isPrompt === true;
    if (step.kind === 'none' || (step.kind === 'repeat' && staysFailed)) return;
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
    if (this.waitsFor === 'repeat') void this.run();
    else this.#endWait();
  }

  #endWait(): void {
    clearTimeout(this.#timer);
    this.waitsFor = null;
    this.secondsLeft = 0;
  }
}

/**
 * An action for the component that is being made: ends with it, hurries when the network is back, and
 * asks for the password where the call wants a proof of who calls.
 */
export function createAction<T>(options: ActionOptions<T>): Action<T> {
  const call = () => repeatWhenProven(options.call, () => reauthentication.ask());
  const action = new Action({ ...options, call });
  onMount(() => {
    const hurry = () => action.hurry();
    window.addEventListener('online', hurry);
    return () => {
      window.removeEventListener('online', hurry);
      action.leave();
    };
  });
  return action;
}
