import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KeySchedule, ScheduledKey } from './key-schedule.ts';
import {
  ACCESS_TOKEN_TTL_SECONDS,
  decideRotation,
  deriveKeySchedule,
  JWKS_MAX_AGE_SECONDS,
} from './key-schedule.ts';

const STEP_MS = 30_000;
const TTL_MS = ACCESS_TOKEN_TTL_SECONDS * 1000;

/** What the table holds at each step, if somebody rotates at the given steps. */
function simulate(rotateAt: ReadonlySet<number>, steps: number): ScheduledKey[][] {
  let keys: ScheduledKey[] = [
    { id: 'first', createdAt: new Date(0), expiresAt: null, isOpen: true },
  ];
  return Array.from({ length: steps }, (_, step) => {
    if (rotateAt.has(step)) {
      const { removed, expiring, olderVerifyUntil, createdAt } = decideRotation(
        keys,
        step * STEP_MS,
      );
      keys = keys
        .filter(({ id }) => !removed.includes(id))
        .map((key) => (expiring.includes(key.id) ? { ...key, expiresAt: olderVerifyUntil } : key));
      keys.unshift({ id: `made-${step}`, createdAt, expiresAt: null, isOpen: true });
    }
    return keys;
  });
}

const signerOf = ({ states }: KeySchedule) =>
  [...states].filter(([, state]) => state.kind === 'signs').map(([id]) => id);

it('S38: every token verifies for as long as it lives, and its key was published before, however often keys are rotated', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200), { maxLength: 40 }), (rotations) => {
      const tables = simulate(new Set(rotations), 300);
      const schedules = tables.map((keys, step) => deriveKeySchedule(keys, step * STEP_MS));
      const refused = schedules.flatMap((schedule, step) => {
        const [signer = 'nobody', ...others] = signerOf(schedule);
        const lifetime = schedules.slice(step, step + TTL_MS / STEP_MS + 1);
        const isGoodThroughout = lifetime.every(({ states }) =>
          ['signs', 'verifies'].includes(states.get(signer)?.kind ?? 'unknown'),
        );
        const publishedMs = (step - Number(signer.replace('made-', ''))) * STEP_MS;
        const isPublished = signer === 'first' || publishedMs > JWKS_MAX_AGE_SECONDS * 1000;
        return isGoodThroughout && isPublished && others.length === 0 ? [] : [{ step, signer }];
      });
      expect(refused).toEqual([]);
    }),
  );
});

it('the last key made signs in the end, and a later rotation removes all the earlier ones', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 20 }), (rotations) => {
      const keys = simulate(new Set(rotations), 200).at(-1) ?? [];
      const last = `made-${Math.max(...rotations)}`;
      expect(signerOf(deriveKeySchedule(keys, 200 * STEP_MS))).toEqual([last]);
      const others = keys.map(({ id }) => id).filter((id) => id !== last);
      expect(decideRotation(keys, 200 * STEP_MS).removed).toEqual(others);
    }),
  );
});
