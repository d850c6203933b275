import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { PrfOutput, PrfRequest } from '../../passkeys/prf-evaluation.ts';
import type { AuthResult } from '../../transport/result.ts';
import type { VaultContext } from '../context.ts';
import { refuse } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import { toLocked } from '../vault-state.ts';

type Candidate = PrfRequest['passkeys'][number];

/** What happens before the browser prompts, and after. */
interface Steps<P extends Candidate, T> {
  /** Finds the passkeys that the user may choose from. */
  find(task: VaultTask): Promise<readonly P[]>;
  /** Continues with the chosen passkey and its secret. */
  proceed(task: VaultTask, chosen: PrfOutput & { readonly passkey: P }): Promise<T>;
}

/**
 * Has the browser prompt for a passkey's secret between two tasks, so that no other call to the vault waits
 * for the user. A lock ends the prompt. The secret is wiped in the end.
 */
export type CallPasskey = <P extends Candidate, T>(steps: Steps<P, T>) => Promise<AuthResult<T>>;

/** The second task runs under the scope of the first. */
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
    const evaluated = await evaluatePrf({ passkeys, signal: scope });
    if (!evaluated.success) return scope.aborted ? toLocked() : evaluated;
    const { credentialId, output } = evaluated.data;
    const passkey = passkeys.find((one) => one.credentialId === credentialId);
    try {
      return await runExclusive(async (task) => {
        // The browser used a passkey that wasn't among those requested.
        if (!passkey) throw refuse('NOT_FOUND', { message: NO_SUCH_PASSKEY });
        return proceed(task, { credentialId, output, passkey });
      }, scope);
    } finally {
      wipeBytes(output);
    }
  };
}

/** What a page shows where the account doesn't have the passkey. */
export const NO_SUCH_PASSKEY = 'There is no such passkey in your account. Add one first.';
