import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { StoredWrap } from '@mana/auth-core/vault/format/stored-wrap';
import {
  formatRecoveryCode,
  generateRecoverySecret,
  parseRecoveryCode,
} from '@mana/auth-core/vault/recovery/recovery-code';
import { openRecoveryWrap, wrapForRecovery } from '@mana/auth-core/vault/recovery/recovery-wrap';
import { proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import type { VaultContext } from '../context.ts';
import { type MasterKey, openFetched, openWithCode, readMasterKey } from '../keys/master-key.ts';
import type { WithPasskey } from '../passkey/with-passkey.ts';
import { mayHaveHappened, refuse } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import type { TypedCode, VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';

/** The code that was shown last, in the form of the wrap that it opens. Contains no secret. */
interface ShownCode {
  readonly userId: MasterKey['userId'];
  readonly wrap: StoredWrap;
  /** The vault that it was made for. */
  readonly madeFor: ExistingVault;
  /** The vault that the code is in effect for, once the server has the wrap. */
  readonly inEffectFor?: ExistingVault;
  /** The wrap was sent, and the response was lost. */
  readonly isUnsure?: true;
}

/** Recovery codes, none of which takes effect before it has been typed back. */
export interface RecoveryCodes
  extends Pick<
    VaultClient,
    'setupRecoveryCode' | 'rotateRecoveryCode' | 'confirmRecoveryCode' | 'clearRecoveryCode'
  > {
  /** As `confirmRecoveryCode`, within the task of another call. Throws `Refused`. */
  confirm(task: VaultTask, typed: TypedCode): Promise<ExistingVault>;
  /**
   * Checks that this code opens the vault, in zero-knowledge mode. Throws VALIDATION for a code other than the
   * last one shown here, VAULT_CONFLICT where that one isn't in effect. If none was shown here, throws
   * VAULT_UNREADABLE for a code that doesn't open the vault.
   */
  expectCurrentCode(task: VaultTask, typed: TypedCode): Promise<void>;
}

/** Remembers the code that was shown last, until another is made. */
export function createRecoveryCodes(
  context: VaultContext,
  withPasskey: WithPasskey,
): RecoveryCodes {
  const { fetchKey, runExclusive, getStatus, change } = context;
  let shown: ShownCode | undefined;

  /** Creates a code for the master key, and wipes the key. Sends nothing. */
  async function createCode(key: MasterKey, madeFor: ExistingVault): Promise<TypedCode> {
    const secret = generateRecoverySecret();
    try {
      if (key.generation !== madeFor.generation) throw refuse('VAULT_CONFLICT');
      const wrap = await wrapForRecovery(key.bytes, secret, key);
      shown = { userId: key.userId, wrap, madeFor };
      return { recoveryCode: formatRecoveryCode(secret) };
    } finally {
      wipeBytes(secret, key.bytes);
    }
  }

  async function confirm(task: VaultTask, { recoveryCode }: TypedCode): Promise<ExistingVault> {
    const last = shown;
    if (last?.userId !== task.userId) {
      const message = 'There is no code to type back. Create a new one, then type that one.';
      throw refuse('RECOVERY_WRAP_MISSING', { message });
    }
    const proof = await proveTyped(last, recoveryCode);
    const status = await putIntoEffect(task, last, proof);
    shown = { ...last, inEffectFor: status };
    return status;
  }

  async function putIntoEffect(task: VaultTask, last: ShownCode, proof: string) {
    if (last.inEffectFor) {
      const status = await getStatus(task);
      if (!isSameWrap(status, last.inEffectFor)) throw refuse('VAULT_CONFLICT');
      return status;
    }
    const base = last.isUnsure
      ? await findBase(task, last)
      : { vault: last.madeFor, isStored: false };
    if (base.isStored) return base.vault;
    const { wrapped: recoveryWrappedMk, iv: recoveryIv } = last.wrap;
    const input = {
      revision: base.vault.revision,
      recoveryWrappedMk,
      recoveryIv,
      formatVersion: 2,
    } as const;
    // The server takes a proof only where it can't open the vault itself.
    const proven = last.madeFor.zeroKnowledge ? { ...input, proof } : input;
    try {
      return await change(task, 'vault.setRecoveryWrap', proven);
    } catch (error) {
      if (mayHaveHappened(error)) shown = { ...last, isUnsure: true };
      throw error;
    }
  }

  /**
   * What to continue from after a response was lost. In zero-knowledge mode the server shows whether it has
   * the wrap, and another device's code is never replaced; otherwise the code just typed back takes effect.
   */
  async function findBase(
    task: VaultTask,
    { madeFor, wrap }: ShownCode,
  ): Promise<{ readonly vault: ExistingVault; readonly isStored: boolean }> {
    const status = await getStatus(task);
    const isAsMade = status.revision === madeFor.revision;
    const { generation, zeroKnowledge } = madeFor;
    if (status.generation !== generation || status.zeroKnowledge !== zeroKnowledge) {
      throw refuse('VAULT_CONFLICT');
    }
    if (isAsMade || !zeroKnowledge) return { vault: status, isStored: false };
    const fetched = await fetchKey(task);
    const isStored = 'recoveryWrap' in fetched && fetched.recoveryWrap.wrapped === wrap.wrapped;
    if (!isStored) throw refuse('VAULT_CONFLICT');
    return { vault: status, isStored };
  }

  async function expectCurrentCode(task: VaultTask, { recoveryCode }: TypedCode): Promise<void> {
    const last = shown?.userId === task.userId ? shown : undefined;
    if (last) await proveTyped(last, recoveryCode);
    const fetched = await fetchKey(task);
    if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
    if (!last)
      return wipeBytes((await openWithCode(fetched.recoveryWrap, recoveryCode, fetched)).bytes);
    if (fetched.recoveryWrap.wrapped !== last.wrap.wrapped) throw refuse('VAULT_CONFLICT');
  }

  return {
    confirm,
    expectCurrentCode,
    setupRecoveryCode: () =>
      runExclusive(async (task) => {
        const status = await getStatus(task);
        if (status.hasRecoveryWrap) throw refuse('VAULT_CONFLICT');
        return createCode(readMasterKey(await fetchKey(task)), status);
      }),
    rotateRecoveryCode(current) {
      if (current && 'passkey' in current) {
        return withPasskey((_task, { key, vault }) => createCode(key, vault));
      }
      return runExclusive(async (task) => {
        const status = await getStatus(task);
        if (!status.hasRecoveryWrap) throw refuse('RECOVERY_WRAP_MISSING');
        const fetched = await fetchKey(task);
        return createCode(await openFetched(fetched, current?.recoveryCode), status);
      });
    },
    confirmRecoveryCode: (typed) => runExclusive((task) => confirm(task, typed)),
    clearRecoveryCode: () =>
      runExclusive(async (task) => {
        const before = await getStatus(task);
        shown = undefined;
        if (!before.hasRecoveryWrap) return before;
        const { revision } = before;
        return change(task, 'vault.clearRecoveryWrap', { revision });
      }),
  };
}

function isSameWrap(one: ExistingVault, other: ExistingVault): boolean {
  const [setAt, otherSetAt] = [one.recoverySetAt, other.recoverySetAt];
  return one.generation === other.generation && setAt?.getTime() === otherSetAt?.getTime();
}

/** The proof of possession, if the typed code opens the wrap of the shown one. Throws VALIDATION if not. */
async function proveTyped(
  { userId, wrap, madeFor: { generation } }: ShownCode,
  recoveryCode: string,
): Promise<string> {
  const secret = parseRecoveryCode(recoveryCode);
  try {
    const owner = { userId, generation };
    return await proveMasterKey(
      await unlockVault(await openRecoveryWrap(wrap, secret, owner), owner),
    );
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'VAULT_UNREADABLE') throw error;
    const message =
      "That isn't the code that was shown last. Type that one, to make sure that you have it.";
    throw refuse('VALIDATION', { field: 'recoveryCode', message });
  } finally {
    wipeBytes(secret);
  }
}
