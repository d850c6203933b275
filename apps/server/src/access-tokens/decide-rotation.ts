import type { ScheduledKey } from './key-schedule.ts';
import {
  deriveKeySchedule,
  PUBLISHED_BEFORE_SIGNING_MS,
  VERIFIES_AFTER_SIGNING_MS,
} from './key-schedule.ts';

/** When a new signing key takes over, and when the previous ones end. */
export interface RotationDecision {
  /** Of the new key: later than every other, so that it is the newest on every server. */
  readonly createdAt: Date;
  /** When the new key begins to sign. */
  readonly signsFrom: Date;
  /** Until then the keys in `expiring` go on verifying. */
  readonly formerVerifyUntil: Date;
  /** Ids of the keys whose end is now known: that may sign before the new one does, or had no end yet. */
  readonly expiring: readonly string[];
  /** Ids of the keys that nothing depends on any more. */
  readonly removed: readonly string[];
}

/** Decides what becomes of `keys`, newest first, when a new one is made at `nowMs`. */
export function decideRotation(keys: readonly ScheduledKey[], nowMs: number): RotationDecision {
  const { states } = deriveKeySchedule(keys, nowMs);
  const kindOf = (key: ScheduledKey) => states.get(key.id)?.kind;
  const toIds = (chosen: readonly ScheduledKey[]) => chosen.map((key) => key.id);
  const createdAtMs = Math.max(nowMs, ...keys.map((key) => key.createdAt.getTime() + 1));
  const signsFromMs = createdAtMs + PUBLISHED_BEFORE_SIGNING_MS;
  return {
    createdAt: new Date(createdAtMs),
    signsFrom: new Date(signsFromMs),
    formerVerifyUntil: new Date(signsFromMs + VERIFIES_AFTER_SIGNING_MS),
    expiring: toIds(keys.filter((key) => key.expiresAt === null || kindOf(key) === 'signs')),
    removed: toIds(keys.filter((key) => kindOf(key) === 'retired')),
  };
}
