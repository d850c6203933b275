import { type Bytes, wipeBytes } from '@mana/auth-core/vault/format/bytes';
import { PRF_INPUT, parsePrfOutput } from '@mana/auth-core/vault/wraps/prf-output';
import type { PrfRequest } from '../../passkeys/prf-evaluation.ts';
import { type AuthResult, succeed } from '../../transport/result.ts';
import type { VaultContext } from '../context.ts';
import { refuse, toFailureOf } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import { toLocked } from '../vault-state.ts';

type Candidate = PrfRequest['passkeys'][number];

interface Chosen<P extends Candidate> {
  readonly passkey: P;
  readonly credentialId: string;
  /** 32 bytes that this passkey computed, secret. */
  readonly secret: Bytes;
}

/** What happens before the browser prompts, and after. */
interface Steps<P extends Candidate, T> {
  /** Finds the passkeys that the user may choose from. */
  find(task: VaultTask): Promise<readonly P[]>;
  proceed(task: VaultTask, chosen: Chosen<P>): Promise<T>;
}

/**
 * Has the browser prompt for a passkey's secret between two tasks, so that no other call to the vault waits
 * for the user. A lock ends the prompt. The secret is wiped in the end. VALIDATION for a passkey that lacks
 * the PRF extension, or returns an invalid secret.
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
    const evaluated = await evaluatePrf({ passkeys, input: PRF_INPUT, signal: scope });
    if (!evaluated.success) return scope.aborted ? toLocked() : evaluated;
    const { credentialId, output } = evaluated.data;
    const parsed = parseOutput(output);
    if (!parsed.success) return scope.aborted ? toLocked() : parsed;
    const { data: secret } = parsed;
    const passkey = passkeys.find((one) => one.credentialId === credentialId);
    try {
      return await runExclusive(async (task) => {
        // The browser used a passkey that wasn't among those requested.
        if (!passkey) throw refuse('NOT_FOUND', { message: NO_SUCH_PASSKEY });
        return proceed(task, { credentialId, secret, passkey });
      }, scope);
    } finally {
      wipeBytes(secret);
    }
  };
}

/** Wipes the browser's own buffer. */
function parseOutput(output: unknown): AuthResult<Bytes> {
  try {
    return succeed(parsePrfOutput(output));
  } catch (error) {
    return toFailureOf(error);
  } finally {
    if (output instanceof ArrayBuffer) wipeBytes(new Uint8Array(output));
  }
}

/** What a page shows where the account doesn't have the passkey. */
export const NO_SUCH_PASSKEY = 'There is no such passkey in your account. Add one first.';
