import { parseUserId, type UserId } from '@mana/auth-core/vault/keys/ids';
import { toFailure } from '../transport/auth-failure.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import { toLocked } from './locked.ts';
import { Refused, toFailureOf, unwrap } from './refused.ts';
import type { VaultDependencies } from './vault-dependencies.ts';

/** One call about the vault: for whom, and until when it counts. */
export interface VaultTask {
  readonly userId: UserId;
  readonly scope: AbortSignal;
}

/**
 * Runs calls one after the other, so that none acts on what another is changing. A call that takes a second
 * turn hands on the scope of its first.
 */
export type RunExclusive = <T>(
  work: (task: VaultTask) => Promise<T>,
  scope?: AbortSignal,
) => Promise<AuthResult<T>>;

/** A call whose vault was locked before its turn came, or whose user has gone, is refused. */
export function createRunExclusive({ session, restore, scope }: VaultDependencies): RunExclusive {
  let last: Promise<unknown> = Promise.resolve();

  async function findUser(): Promise<string> {
    if (session.store.get().status === 'unknown') unwrap(await restore());
    const now = session.store.get();
    if (now.status !== 'signed-in') throw new Refused(toFailure('UNAUTHORIZED'));
    return now.user.id;
  }

  return (work, own = scope()) => {
    const task = last.then(async () => {
      try {
        if (own.aborted) throw new Refused(toLocked());
        const userId = parseUserId(await findUser());
        return succeed(await work({ userId, scope: own }));
      } catch (error) {
        return toFailureOf(error);
      }
    });
    last = task;
    return task;
  };
}
