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
import { expectVault } from '../sync-status.ts';
import type { TypedCode, VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';

/** The code that was shown last, as the wrap that it opens. No secret. */
interface ShownCode {
  readonly userId: MasterKey['userId'];
  readonly wrap: StoredWrap;
  /** The vault that it was made for. */
  readonly madeFor: ExistingVault;
  /** The vault that it counts for, once the server has the wrap. */
  readonly countsFor?: ExistingVault;
  /** The server was told, and its answer was lost. */
  readonly isUnsure?: true;
}

export interface RecoveryCodes
  extends Pick<
    VaultClient,
    'setupRecoveryCode' | 'rotateRecoveryCode' | 'confirmRecoveryCode' | 'clearRecoveryCode'
  > {
  /** As `confirmRecoveryCode`, in the turn of another call. Throws `Refused`. */
  confirm(task: VaultTask, typed: TypedCode): Promise<ExistingVault>;
  /**
   * That this code opens the vault, in zero-knowledge mode. Throws VALIDATION for another than was shown here
   * last, VAULT_CONFLICT where that one doesn't count, VAULT_UNREADABLE where none was shown.
   */
  expectToCount(task: VaultTask, typed: TypedCode): Promise<void>;
}

export function createRecoveryCodes(
  context: VaultContext,
  withPasskey: WithPasskey,
): RecoveryCodes {
  const { server, masterKeys, runExclusive, syncStatus, getStatus } = context;
  let shown: ShownCode | undefined;

  /** Makes a code for the master key, and wipes the key. Nothing is sent. */
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
    const own = shown;
    if (own?.userId !== task.userId) {
      const message = 'There is no code to type back. Make a new one, and then type that.';
      throw refuse('RECOVERY_WRAP_MISSING', { message });
    }
    const proof = await proveTyped(own, recoveryCode);
    const status = await makeCount(task, own, proof);
    shown = { ...own, countsFor: status };
    return status;
  }

  async function makeCount(task: VaultTask, own: ShownCode, proof: string) {
    if (own.countsFor) {
      const status = await getStatus(task);
      if (!isSameWrap(status, own.countsFor)) throw refuse('VAULT_CONFLICT');
      return status;
    }
    const base = own.isUnsure ? await findBase(task, own) : { vault: own.madeFor, isStored: false };
    if (base.isStored) return base.vault;
    const { wrapped: recoveryWrappedMk, iv: recoveryIv } = own.wrap;
    const input = {
      revision: base.vault.revision,
      recoveryWrappedMk,
      recoveryIv,
      formatVersion: 2,
    } as const;
    // The proof is the server's only where it can't open the vault itself.
    const change = own.madeFor.zeroKnowledge ? { ...input, proof } : input;
    try {
      const status = expectVault(await server.change('vault.setRecoveryWrap', change));
      await syncStatus(status, task);
      return status;
    } catch (error) {
      if (mayHaveHappened(error)) shown = { ...own, isUnsure: true };
      throw error;
    }
  }

  /**
   * What to go on from after an answer was lost. In zero-knowledge mode the server shows whether it has the
   * wrap, and another device's code is never replaced; else the code that was just typed back counts.
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
    const fetched = await masterKeys.fetch(task);
    const isStored = 'recoveryWrap' in fetched && fetched.recoveryWrap.wrapped === wrap.wrapped;
    if (!isStored) throw refuse('VAULT_CONFLICT');
    return { vault: status, isStored };
  }

  async function expectToCount(task: VaultTask, { recoveryCode }: TypedCode): Promise<void> {
    const own = shown?.userId === task.userId ? shown : undefined;
    if (own) await proveTyped(own, recoveryCode);
    const fetched = await masterKeys.fetch(task);
    if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
    if (!own)
      return wipeBytes((await openWithCode(fetched.recoveryWrap, recoveryCode, fetched)).bytes);
    if (fetched.recoveryWrap.wrapped !== own.wrap.wrapped) throw refuse('VAULT_CONFLICT');
  }

  return {
    confirm,
    expectToCount,
    setupRecoveryCode: () =>
      runExclusive(async (task) => {
        const status = await getStatus(task);
        if (status.hasRecoveryWrap) throw refuse('VAULT_CONFLICT');
        return createCode(readMasterKey(await masterKeys.fetch(task)), status);
      }),
    rotateRecoveryCode(former) {
      if (former && 'passkey' in former) {
        return withPasskey((_task, { key, vault }) => createCode(key, vault));
      }
      return runExclusive(async (task) => {
        const status = await getStatus(task);
        if (!status.hasRecoveryWrap) throw refuse('RECOVERY_WRAP_MISSING');
        const fetched = await masterKeys.fetch(task);
        return createCode(await openFetched(fetched, former?.recoveryCode), status);
      });
    },
    confirmRecoveryCode: (typed) => runExclusive((task) => confirm(task, typed)),
    clearRecoveryCode: () =>
      runExclusive(async (task) => {
        const before = await getStatus(task);
        shown = undefined;
        if (!before.hasRecoveryWrap) return before;
        const { revision } = before;
        const status = await server.change('vault.clearRecoveryWrap', { revision });
        await syncStatus(status, task);
        return status;
      }),
  };
}

function isSameWrap(one: ExistingVault, other: ExistingVault): boolean {
  const [setAt, otherSetAt] = [one.recoverySetAt, other.recoverySetAt];
  return one.generation === other.generation && setAt?.getTime() === otherSetAt?.getTime();
}

/** What was typed opens the wrap of what was shown: proof of the key in it. Throws VALIDATION. */
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
      "That isn't the code that was shown last. Type that one, to see that you have it.";
    throw refuse('VALIDATION', { field: 'recoveryCode', message });
  } finally {
    wipeBytes(secret);
  }
}
