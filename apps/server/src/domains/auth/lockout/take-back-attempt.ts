import { decideRetraction, decideSettlement, type Lockout } from '@mana/auth-core/lockout/lockout';
import type { Deps } from '../../../deps.ts';
import {
  compareAndSetLockout,
  readLockoutAndAttempt,
  retractFailure,
  toLockoutChange,
} from './lockouts.repository.ts';

/** An attempt of which the database may or may not have stored the last step: the answer was lost. */
export interface UncertainAttempt {
  readonly email: string;
  readonly id: string;
  /** What it would have been settled from as failed, and when; null if it was only being reserved. */
  readonly failed: { readonly from: Lockout | null; readonly at: Date } | null;
}

/**
 * Takes an attempt back whose caller was told of a fault, so that it counts for nothing: its failure with the
 * entry in the log of attempts if they were stored, else its reservation. Done twice it is done once.
 */
export async function takeBackAttempt(
  { db, config, now }: Pick<Deps, 'db' | 'config' | 'now'>,
  { email, id, failed }: UncertainAttempt,
): Promise<void> {
  const { lockoutPolicy: policy } = config;
  for (;;) {
    const { isStored, ...seen } = await readLockoutAndAttempt(db, { email, id, at: failed?.at });
    if (seen.version === null) return;
    const at = now();
    if (failed && isStored) {
      const failure = { attemptId: id, settledFrom: failed.from, failedAtMs: failed.at.getTime() };
      const next = decideRetraction(seen.lockout, failure, policy, at.getTime());
      const change = toLockoutChange(policy, { email, lockout: next, now: at });
      if (await retractFailure(db, { ...change, version: seen.version }, { id, at: failed.at }))
        return;
    } else {
      const decision = decideSettlement(seen.lockout, id, 'released', policy, at.getTime());
      if (decision.kind === 'lapsed') return;
      const change = toLockoutChange(policy, { email, lockout: decision.next, now: at });
      if ((await compareAndSetLockout(db, seen, change)) !== null) return;
    }
  }
}
