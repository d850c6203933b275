import { beforeEach, describe, expect, it } from 'vitest';
import type { RateLimitPolicy, RateLimitStore } from '../../src/rate-limit/rate-limit-store.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const waiting: RateLimitPolicy = { limit: 3, windowMs: MINUTE, pauseMs: 0 };
const pausing: RateLimitPolicy = { limit: 3, windowMs: MINUTE, pauseMs: 5 * MINUTE };

/**
 * What every rate-limit store must pass. `createStore` is called for each test and may return the same
 * store again: each test has keys of its own. Time starts at the real one and only moves forwards.
 */
export function testRateLimitStore(createStore: () => Promise<RateLimitStore>): void {
  const startMs = Date.now();
  let tests = 0;
  let store: RateLimitStore;
  let key: string;

  beforeEach(async () => {
    store = await createStore();
    tests += 1;
    key = `contract ${startMs} ${tests}`;
  });

  async function consume(times: number, policy: RateLimitPolicy, atMs: number) {
    for (let i = 0; i < times; i += 1) {
      expect(await store.consume(key, policy, startMs + atMs)).toMatchObject({ allowed: true });
    }
  }

  async function expectWait(policy: RateLimitPolicy, atMs: number, untilMs: number) {
    const refused = { allowed: false, retryAtMs: startMs + untilMs };
    expect(await store.consume(key, policy, startMs + atMs)).toEqual(refused);
  }

  describe('a window', () => {
    it('begins with its first call, holds the limit and ends on time', async () => {
      await consume(1, waiting, 0);
      await consume(2, waiting, MINUTE - 1);
      await expectWait(waiting, MINUTE - 1, MINUTE);
      await consume(3, waiting, MINUTE);
      await expectWait(waiting, MINUTE, 2 * MINUTE);
    });

    it('allows exactly the limit of many calls at once', async () => {
      const policy = { ...waiting, limit: 7 };
      const calls = Array.from({ length: 50 }, () => store.consume(key, policy, startMs));
      const allowed = (await Promise.all(calls)).filter((call) => call.allowed);
      expect(allowed).toHaveLength(7);
    });

    it('concerns one key only', async () => {
      await consume(3, waiting, 0);
      expect(await store.consume(`${key} b`, waiting, startMs)).toMatchObject({ allowed: true });
      await expectWait(waiting, 0, MINUTE);
    });
  });

  describe('a pause', () => {
    it('begins with the call that reaches the limit, and ends on time', async () => {
      await consume(2, pausing, 0);
      await consume(1, pausing, 10 * SECOND);
      await expectWait(pausing, 10 * SECOND, 5 * MINUTE + 10 * SECOND);
      await expectWait(pausing, 5 * MINUTE + 10 * SECOND - 1, 5 * MINUTE + 10 * SECOND);
      await consume(3, pausing, 5 * MINUTE + 10 * SECOND);
      await expectWait(pausing, 6 * MINUTE, 10 * MINUTE + 10 * SECOND);
    });

    it('does not begin where the window ended first', async () => {
      await consume(2, pausing, 0);
      await consume(2, pausing, MINUTE);
      await consume(1, pausing, MINUTE);
      await expectWait(pausing, MINUTE, 6 * MINUTE);
    });

    it('is not extended by calls that it refuses', async () => {
      await consume(3, pausing, 0);
      for (let second = 0; second < 300; second += 10) {
        await expectWait(pausing, second * SECOND, 5 * MINUTE);
      }
      await consume(1, pausing, 5 * MINUTE);
    });

    it('lasts as long as the window where it is the shorter one', async () => {
      const policy = { ...pausing, pauseMs: SECOND };
      await consume(3, policy, 0);
      await expectWait(policy, SECOND, MINUTE);
      await consume(3, policy, MINUTE);
    });
  });

  describe('a call that is released', () => {
    const release = (policy: RateLimitPolicy, atMs: number) =>
      store.release(key, policy, startMs + atMs);

    it('makes room for one more', async () => {
      await consume(3, waiting, 0);
      await release(waiting, 1);
      await consume(1, waiting, 2);
      await expectWait(waiting, 2, MINUTE);
    });

    it('ends the pause that it led to', async () => {
      await consume(3, pausing, 0);
      await release(pausing, 1);
      await consume(1, pausing, 10);
      await expectWait(pausing, 10, 5 * MINUTE + 10);
    });

    it('leaves no window behind when it was the only one', async () => {
      await consume(1, waiting, 0);
      await release(waiting, 1);
      await consume(3, waiting, 30 * SECOND);
      await expectWait(waiting, 30 * SECOND, MINUTE + 30 * SECOND);
    });

    it('is no credit: neither without a call nor after its window', async () => {
      await release(waiting, 0);
      await consume(3, waiting, 0);
      await expectWait(waiting, 0, MINUTE);
      await release(waiting, MINUTE);
      await consume(3, waiting, MINUTE);
      await expectWait(waiting, MINUTE, 2 * MINUTE);
    });

    it('in a pause after its window leaves nothing', async () => {
      await consume(3, pausing, 0);
      await release(pausing, 2 * MINUTE);
      await consume(3, pausing, 2 * MINUTE);
      await expectWait(pausing, 2 * MINUTE, 7 * MINUTE);
    });
  });

  describe('a key that is cleared', () => {
    it('starts afresh, out of its pause too', async () => {
      await consume(3, pausing, 0);
      await store.clear(key);
      await consume(3, pausing, 1);
      await expectWait(pausing, 1, 5 * MINUTE + 1);
    });

    it('leaves the others alone, and may be unknown', async () => {
      await consume(3, waiting, 0);
      await store.clear(`${key} b`);
      await expectWait(waiting, 0, MINUTE);
    });
  });
}
