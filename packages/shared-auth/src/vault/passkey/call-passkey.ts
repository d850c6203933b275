import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { PrfAnswer, PrfRequest } from '../../passkeys/browser/prf-evaluation.ts';
import type { AuthResult } from '../../transport/result.ts';
import type { VaultContext } from '../context.ts';
import { toLocked } from '../locked.ts';
import { refuse } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';

type Askable = PrfRequest['passkeys'][number];

/** What is done before the browser asks, and after. */
interface Steps<P extends Askable, T> {
  /** Finds those that the user may choose from. */
  find(task: VaultTask): Promise<readonly P[]>;
  /** Goes on with what was chosen, and its secret. */
  proceed(task: VaultTask, chosen: PrfAnswer & { readonly passkey: P }): Promise<T>;
}

/**
 * Asks the browser for a passkey's secret between two turns: no other call about the vault waits for the user.
 * A lock ends the prompt. The secret is wiped once it was gone on with.
 */
export type CallPasskey = <P extends Askable, T>(steps: Steps<P, T>) => Promise<AuthResult<T>>;

export function createCallPasskey({
  evaluatePrf,
  runExclusive,
}: Pick<VaultContext, 'evaluatePrf' | 'runExclusive'>): CallPasskey {
  return async ({ find, proceed }) => {
    const found = await runExclusive(async (task) => {
      return { scope: task.scope, passkeys: await find(task) };
    });
    if (!found.success) return found;
    const { scope, passkeys } = found.data;
    const answered = await evaluatePrf({ passkeys, signal: scope });
    if (!answered.success) return scope.aborted ? toLocked() : answered;
    const { credentialId, output } = answered.data;
    const passkey = passkeys.find((one) => one.credentialId === credentialId);
    try {
      return await runExclusive(async (task) => {
        // A browser that answers for a passkey it wasn't asked for.
        if (!passkey) throw refuse('NOT_FOUND', { message: NO_SUCH_PASSKEY });
        return proceed(task, { credentialId, output, passkey });
      }, scope);
    } finally {
      wipeBytes(output);
    }
  };
}

export const NO_SUCH_PASSKEY = 'There is no such passkey in your account. Add one first.';
