import { expect, it } from 'vitest';
import { toFailure } from '../transport/auth-failure.ts';
import { retryOnOutage } from './retry-on-outage.ts';

function createWaits() {
  const waits: number[] = [];
  async function sleep(ms: number): Promise<void> {
    waits.push(ms);
  }
  return { waits, platform: { indexedDb: undefined, sleep } };
}

it("doesn't retry when told when to come back, or when there is no outage", async () => {
  const { waits, platform } = createWaits();
  const { signal } = new AbortController();
  for (const failure of [
    toFailure('SERVICE_UNAVAILABLE', { retryAfterSec: 30 }),
    toFailure('RATE_LIMITED', { retryAfterSec: 1 }),
    toFailure('INTERNAL'),
    toFailure('REAUTHENTICATION_REQUIRED'),
  ]) {
    expect(await retryOnOutage(platform, signal, async () => failure)).toBe(failure);
  }
  expect(waits).toEqual([]);
});

it('gives up once nobody is waiting for it', async () => {
  const { waits, platform } = createWaits();
  const scope = new AbortController();
  const failure = toFailure('SERVICE_UNAVAILABLE');
  async function call() {
    scope.abort();
    return failure;
  }
  expect(await retryOnOutage(platform, scope.signal, call)).toBe(failure);
  expect(waits).toEqual([]);
});
