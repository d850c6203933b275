import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Bucket, decideConsumption, decideRelease } from './decide-consumption.ts';
import { createMemoryStore } from './memory-store.ts';
import type { RateLimitPolicy } from './rate-limit-store.ts';

const policies: fc.Arbitrary<RateLimitPolicy> = fc.record({
  limit: fc.integer({ min: 1, max: 5 }),
  windowMs: fc.integer({ min: 1, max: 30 }),
  pauseMs: fc.integer({ min: 0, max: 60 }),
});
const steps = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
    kind: fc.constantFrom('consume', 'consume', 'consume', 'release'),
  }),
  { maxLength: 60 },
);

it('allows at most the limit in any window that begins with a call, and waits out each pause', () => {
  const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 })));
  fc.assert(
    fc.property(policies, waits, (policy, waitsMs) => {
      let bucket: Bucket | null = null;
      let nowMs = 1000;
      const allowedAtMs: number[] = [];
      for (const waitMs of waitsMs) {
        nowMs += waitMs;
        const decision = decideConsumption(bucket, policy, nowMs);
        if (!decision.allowed) {
          expect(decision.retryAtMs).toBeGreaterThan(nowMs);
          expect(decideConsumption(bucket, policy, decision.retryAtMs).allowed).toBe(true);
          expect(decideConsumption(bucket, policy, decision.retryAtMs - 1).allowed).toBe(false);
          continue;
        }
        bucket = decision.next;
        allowedAtMs.push(nowMs);
        if (bucket.count === 1) expect(bucket.windowEndsAtMs).toBe(nowMs + policy.windowMs);
        const inWindow = allowedAtMs.filter(
          (atMs) => atMs >= decision.next.windowEndsAtMs - policy.windowMs,
        );
        expect(inWindow.length).toBeLessThanOrEqual(policy.limit);
        const pause = policy.pauseMs > 0 && bucket.count === policy.limit;
        expect(bucket.blockedUntilMs).toBe(pause ? nowMs + policy.pauseMs : null);
      }
    }),
  );
});

it('leaves the bucket that it is given as it was', () => {
  fc.assert(
    fc.property(policies, fc.nat(), (policy, atMs) => {
      const bucket = Object.freeze({ count: 3, windowEndsAtMs: 20, blockedUntilMs: null });
      decideConsumption(bucket, policy, atMs);
      decideRelease(bucket, atMs);
    }),
  );
});

it('is what the memory store does', () =>
  fc.assert(
    fc.asyncProperty(policies, steps, async (policy, script) => {
      const store = createMemoryStore({ maxKeys: 10 });
      const buckets = new Map<string, Bucket | null>();
      let nowMs = 1000;
      for (const { key, waitMs, kind } of script) {
        nowMs += waitMs;
        const bucket = buckets.get(key) ?? null;
        if (kind === 'release') {
          await store.release(key, policy, nowMs);
          buckets.set(key, decideRelease(bucket, nowMs));
          continue;
        }
        const decision = decideConsumption(bucket, policy, nowMs);
        if (decision.allowed) buckets.set(key, decision.next);
        expect(await store.consume(key, policy, nowMs)).toEqual(
          decision.allowed ? { allowed: true } : decision,
        );
      }
    }),
  ));
