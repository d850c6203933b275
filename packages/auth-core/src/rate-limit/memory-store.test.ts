import { describe, expect, it } from 'vitest';
import { testRateLimitStore } from '../../test/rate-limit/rate-limit-store.contract.ts';
import { createMemoryStore } from './memory-store.ts';
import type { RateLimitPolicy, RateLimitStore } from './rate-limit-store.ts';

const MINUTE = 60_000;
const START = 1_800_000_000_000;
const waiting: RateLimitPolicy = { limit: 8, windowMs: MINUTE, pauseMs: 0 };
const pausing: RateLimitPolicy = { ...waiting, pauseMs: 5 * MINUTE };

describe('the memory store keeps the contract', () => {
  testRateLimitStore(async () => createMemoryStore({ maxKeys: 1000 }));
});

async function consume(
  store: RateLimitStore,
  key: string,
  times = 1,
  policy = waiting,
  nowMs = START,
) {
  let allowed = 0;
  for (let i = 0; i < times; i += 1) {
    if ((await store.consume(key, policy, nowMs)).allowed) allowed += 1;
  }
  return allowed;
}

async function flood(store: RateLimitStore, keys: number, policy = waiting, nowMs = START) {
  for (let i = 0; i < keys; i += 1) await store.consume(`flood ${nowMs} ${i}`, policy, nowMs);
}

describe('a full memory store', () => {
  it('keeps a blocked key and one near its limit through a flood of new keys', async () => {
    const store = createMemoryStore({ maxKeys: 50 });
    await consume(store, 'blocked', 8, pausing);
    await consume(store, 'full', 8);
    await consume(store, 'near', 7);
    await consume(store, 'half', 4);
    await flood(store, 10_000);
    await flood(store, 10_000, pausing);
    expect(await consume(store, 'blocked', 8, pausing)).toBe(0);
    expect(await consume(store, 'full', 8)).toBe(0);
    expect(await consume(store, 'near', 8)).toBe(1);
    expect(await consume(store, 'half', 8)).toBe(4);
    expect(await store.consume('blocked', pausing, START)).toMatchObject({
      retryAtMs: START + 5 * MINUTE,
    });
  });

  it('evicts the oldest of the least dangerous keys', async () => {
    const store = createMemoryStore({ maxKeys: 3 });
    await consume(store, 'two', 2);
    await consume(store, 'first');
    await consume(store, 'second');
    await consume(store, 'new');
    expect(await consume(store, 'second', 8)).toBe(7);
    expect(await consume(store, 'two', 8)).toBe(6);
    expect(await consume(store, 'first', 8)).toBe(8); // evicts `new`
  });

  it('measures danger by the share of the limit, not by the count', async () => {
    const store = createMemoryStore({ maxKeys: 2 });
    await consume(store, 'many of very many', 100, { ...waiting, limit: 1000 });
    await consume(store, 'two of eight', 2);
    await consume(store, 'new');
    expect(await consume(store, 'two of eight', 8)).toBe(6);
  });

  it('ranks a key again when a call is released', async () => {
    const store = createMemoryStore({ maxKeys: 2 });
    await consume(store, 'a', 3);
    await consume(store, 'b', 2);
    await store.release('a', waiting, START);
    await store.release('a', waiting, START);
    await consume(store, 'new'); // evicts `a`
    expect(await consume(store, 'a', 8)).toBe(8);
    expect(await consume(store, 'b', 8)).toBe(6);
  });

  it('gives a new key its whole limit in the slot of another', async () => {
    const store = createMemoryStore({ maxKeys: 1 });
    await consume(store, 'evicted');
    expect(await consume(store, 'new', 9)).toBe(8);
    await store.clear('new');
    expect(await consume(store, 'newer', 9)).toBe(8);
  });

  it('evicts nothing while there is a free slot anywhere', async () => {
    const store = createMemoryStore({ maxKeys: 100 });
    for (let i = 0; i < 100; i += 1) await consume(store, `key ${i}`);
    await store.clear('key 50');
    await consume(store, 'new');
    for (let i = 0; i < 100; i += 1) {
      if (i !== 50) expect(await consume(store, `key ${i}`, 8)).toBe(7);
    }
  });

  it.each(['clear', 'release'] as const)('has room again after %s', async (method) => {
    const store = createMemoryStore({ maxKeys: 2 });
    await consume(store, 'a');
    await consume(store, 'b');
    await store[method]('b', waiting, START);
    await consume(store, 'c');
    expect(await consume(store, 'a', 8)).toBe(7);
  });

  it('forgets first what no longer counts, however near its limit it was', async () => {
    const store = createMemoryStore({ maxKeys: 4 });
    await consume(store, 'paused', 8, pausing);
    await consume(store, 'full', 8);
    const later = START + MINUTE;
    await consume(store, 'young', 1, waiting, later);
    await consume(store, 'younger', 1, waiting, later);
    await consume(store, 'new', 1, waiting, later);
    expect(await consume(store, 'young', 8, waiting, later)).toBe(7);
    expect(await consume(store, 'younger', 8, waiting, later)).toBe(7);
    expect(await consume(store, 'paused', 1, pausing, START + 5 * MINUTE - 1)).toBe(0);
  });

  it('reaches every key that no longer counts, in the end', async () => {
    const store = createMemoryStore({ maxKeys: 100 });
    const short = { ...waiting, windowMs: 1000 };
    for (let i = 0; i < 99; i += 1) await consume(store, `full ${i}`, 8);
    await consume(store, 'short', 8, short);
    const later = START + 1000;
    for (let i = 0; i < 14; i += 1) await consume(store, `new ${i}`, 1, waiting, later);
    await consume(store, 'late', 1, waiting, later);
    await consume(store, 'later', 1, waiting, later);
    expect(await consume(store, 'full 98', 8, waiting, later)).toBe(0);
    expect(await consume(store, 'full 0', 8, waiting, later)).toBe(0);
  });
});

describe('a memory store full of keys at their limit', () => {
  async function fillUp(policy: RateLimitPolicy) {
    const store = createMemoryStore({ maxKeys: 20 });
    for (let i = 0; i < 20; i += 1) await consume(store, `full ${i}`, 8, policy);
    return store;
  }

  it('counts the new keys of a policy together, and evicts none of the old ones', async () => {
    const store = await fillUp(pausing);
    let allowed = 0;
    for (let i = 0; i < 100; i += 1) allowed += await consume(store, `new ${i}`);
    expect(allowed).toBe(8);
    expect(await consume(store, 'new', 8, { ...waiting, limit: 9 })).toBe(8);
    expect(await consume(store, 'new', 9, { ...waiting, windowMs: 1 })).toBe(8);
    expect(await consume(store, 'new', 9, pausing)).toBe(8);
    for (let i = 0; i < 20; i += 1) expect(await consume(store, `full ${i}`, 1, pausing)).toBe(0);
  });

  it('releases nothing of what was counted together', async () => {
    const store = await fillUp(waiting);
    await consume(store, 'new', 8);
    await store.release('new', waiting, START);
    expect(await consume(store, 'new')).toBe(0);
  });

  it('counts keys by themselves again once there is room', async () => {
    const store = await fillUp(waiting);
    await consume(store, 'new', 8);
    const later = START + MINUTE;
    expect(await consume(store, 'a', 9, waiting, later)).toBe(8);
    expect(await consume(store, 'b', 9, waiting, later)).toBe(8);
  });

  it('keeps a key whose first call is its last', async () => {
    const store = createMemoryStore({ maxKeys: 20 });
    const once = { ...waiting, limit: 1 };
    for (let i = 0; i < 20; i += 1) await consume(store, `once ${i}`, 1, once);
    await flood(store, 1000, once);
    for (let i = 0; i < 20; i += 1) expect(await consume(store, `once ${i}`, 1, once)).toBe(0);
  });

  it('works without any slot', async () => {
    const store = createMemoryStore({ maxKeys: 0 });
    expect(await consume(store, 'a', 5)).toBe(5);
    expect(await consume(store, 'b', 5)).toBe(3);
    await store.clear('a');
    await store.release('a', waiting, START);
    expect(await consume(store, 'a')).toBe(0);
  });
});
