import { parseUserId, type UserId } from '@mana/auth-core/vault/keys/ids';
import type { CurrentSession } from '../session/current-session.ts';
import type { Renewal } from '../session/renewal.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import { Refused, toFailureOf, unwrap } from './refused.ts';
import { toLocked } from './vault-state.ts';

/** One call's exclusive use of the vault: for whom, and until when it counts. */
export interface VaultTask {
  readonly userId: UserId;
  readonly scope: AbortSignal;
}

/**
 * Runs tasks one after the other, so that none acts on what another is changing. A call that runs a
 * second task passes on the scope of its first.
 */
export type RunExclusive = <T>(
  work: (task: VaultTask) => Promise<T>,
  scope?: AbortSignal,
) => Promise<AuthResult<T>>;

interface Dependencies {
  readonly session: CurrentSession;
  readonly restore: Renewal['restore'];
  readonly scope: () => AbortSignal;
}

/** A task is refused if the vault was locked before it began, or its user is gone. */
export function createRunExclusive({ session, restore, scope }: Dependencies): RunExclusive {
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
