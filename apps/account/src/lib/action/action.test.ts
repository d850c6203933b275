import type { AuthFailure, AuthResult } from '@mana/shared-auth';
import { describe, expect, test } from 'vitest';
import { Action } from './action.svelte.ts';

const outage: AuthFailure = {
  success: false,
  code: 'SERVICE_UNAVAILABLE',
  error: 'This one is on us.',
  retryable: true,
};

/** An action whose calls are answered by hand, in order. */
function createTrial({ isPrompt = false, isReadOnly = false } = {}) {
  const waiting: ((result: AuthResult<string>) => void)[] = [];
  const events: string[] = [];
  const action = new Action<string>({
    call: () => {
      events.push('call');
      return new Promise((resolve) => waiting.push(resolve));
    },
    isPrompt,
    isReadOnly,
    done: (data) => events.push(`done ${data}`),
    failed: ({ code }) => events.push(code),
  });
  async function answer(result: AuthResult<string>): Promise<void> {
    waiting.shift()?.(result);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { action, events, answer };
}

describe('Action', () => {
  test('calls once, however often it is run', async () => {
    const { action, events, answer } = createTrial();
    void action.run();
    void action.run();
    expect(action.isBusy).toBe(true);
    await answer({ success: true, data: 'x' });
    expect(events).toEqual(['call', 'done x']);
    expect(action.isBusy).toBe(false);
  });

  test('retries a fault of ours automatically, after a countdown', async () => {
    const { action, events, answer } = createTrial();
    void action.run();
    await answer(outage);
    expect(action).toMatchObject({ waitsFor: 'retry', secondsLeft: 2, isRetrying: true });
    await expect.poll(() => action.isBusy).toBe(true);
    expect(action.failure).toEqual(outage);
    await answer({ success: true, data: 'x' });
    expect(events).toEqual(['call', 'SERVICE_UNAVAILABLE', 'call', 'done x']);
    expect(action).toMatchObject({ failure: null, waitsFor: null, isRetrying: false });
  });

  test('tries again at once when the network is back', async () => {
    const { action, events, answer } = createTrial();
    void action.run();
    await answer(outage);
    action.retryNow();
    expect(events).toEqual(['call', 'SERVICE_UNAVAILABLE', 'call']);
    action.dispose();
  });

  test('is not retried once what was typed has changed', async () => {
    const { action, answer } = createTrial();
    void action.run();
    await answer(outage);
    action.stop();
    expect(action).toMatchObject({ waitsFor: null, failure: outage, isRetrying: false });
  });

  test('a limit holds until its time has passed, and then nothing is sent by itself', async () => {
    const { action, events, answer } = createTrial();
    void action.run();
    await answer({ ...outage, code: 'RATE_LIMITED', retryAfterSec: 1 });
    void action.run();
    action.stop();
    expect(action.waitsFor).toBe('wait');
    await expect.poll(() => action.waitsFor).toBe(null);
    expect(events).toEqual(['call', 'RATE_LIMITED']);
  });

  test('one that only reads is retried automatically after a limit as well, and not before', async () => {
    const { action, events, answer } = createTrial({ isReadOnly: true });
    void action.run();
    await answer({ ...outage, code: 'RATE_LIMITED', retryAfterSec: 2 });
    expect(action).toMatchObject({ waitsFor: 'retry', secondsLeft: 2 });
    expect(events).toEqual(['call', 'RATE_LIMITED']);
    await expect.poll(() => events).toEqual(['call', 'RATE_LIMITED', 'call']);
    action.dispose();
  });

  test('one that was stopped while under way is not retried when it fails', async () => {
    const { action, answer } = createTrial();
    void action.run();
    action.stop();
    await answer(outage);
    expect(action.waitsFor).toBe(null);
    expect(action.failure).toEqual(outage);
  });

  test('one that prompts the person is never retried automatically', async () => {
    const { action, events, answer } = createTrial({ isPrompt: true });
    void action.run();
    await answer(outage);
    expect(action).toMatchObject({ waitsFor: null, failure: outage, isRetrying: false });
    expect(events).toEqual(['call', 'SERVICE_UNAVAILABLE']);
  });

  test('a closed prompt is not shown as a failure, and clears the one before', async () => {
    const { action, events, answer } = createTrial({ isPrompt: true });
    void action.run();
    await answer(outage);
    void action.run();
    await answer({ ...outage, code: 'PASSKEY_CANCELLED', retryable: false });
    expect(action.failure).toBe(null);
    expect(events.at(-1)).toBe('PASSKEY_CANCELLED');
  });

  test('a result of another call counts as its own, and so does its wait', async () => {
    const { action, events } = createTrial({ isPrompt: true });
    action.accept({ ...outage, code: 'RATE_LIMITED', retryAfterSec: 9 });
    expect(action).toMatchObject({ waitsFor: 'wait', secondsLeft: 9 });
    void action.run();
    action.accept({ success: true, data: 'x' });
    expect(action).toMatchObject({ waitsFor: null, failure: null });
    expect(events).toEqual(['RATE_LIMITED', 'done x']);
  });

  test('a late answer changes nothing on a page that was left', async () => {
    const { action, events, answer } = createTrial();
    void action.run();
    action.dispose();
    await answer({ success: true, data: 'x' });
    expect(events).toEqual(['call']);
  });
});
