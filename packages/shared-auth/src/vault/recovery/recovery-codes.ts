import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { wipeBytes } from '@mana/auth-core/vault/format/wipe-bytes';
import {
  formatRecoveryCode,
  generateRecoverySecret,
  parseRecoveryCode,
} from '@mana/auth-core/vault/recovery/recovery-code';
import { openRecoveryWrap, wrapForRecovery } from '@mana/auth-core/vault/recovery/recovery-wrap';
import { proveMasterKey } from '@mana/auth-core/vault/wraps/possession';
import type { StoredWrap } from '@mana/auth-core/vault/wraps/stored-wrap';
import { unlockVault } from '@mana/auth-core/vault/wraps/unlocked-vault';
import type { VaultTools } from '../context.ts';
import { type MasterKey, openFetched, openWithCode, readMasterKey } from '../keys/master-key.ts';
import type { WithPasskey } from '../passkey/with-passkey.ts';
import { mayHaveHappened, refuse } from '../refused.ts';
import type { VaultTurn } from '../run-exclusive.ts';
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
  confirm(turn: VaultTurn, typed: TypedCode): Promise<ExistingVault>;
  /**
   * That this code opens the vault, in zero-knowledge mode. Throws VALIDATION for another than was shown here
   * last, VAULT_CONFLICT where that one doesn't count, VAULT_UNREADABLE where none was shown.
   */
  expectToCount(turn: VaultTurn, typed: TypedCode): Promise<void>;
}

export function createRecoveryCodes(tools: VaultTools, withPasskey: WithPasskey): RecoveryCodes {
  const { server, masterKeys, takeTurn, follow, getStatus } = tools;
  let shown: ShownCode | undefined;

  /** Makes a code for the master key, and wipes the key. Nothing is sent. */
  async function show(key: MasterKey, madeFor: ExistingVault): Promise<TypedCode> {
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

  async function confirm(turn: VaultTurn, { recoveryCode }: TypedCode): Promise<ExistingVault> {
    const own = shown;
    if (own?.userId !== turn.userId) {
      const message = 'There is no code to type back. Make a new one, and then type that.';
      throw refuse('RECOVERY_WRAP_MISSING', { message });
    }
    const proof = await proveTyped(own, recoveryCode);
    const status = await makeCount(turn, own, proof);
    shown = { ...own, countsFor: status };
    return status;
  }

  async function makeCount(turn: VaultTurn, own: ShownCode, proof: string) {
    if (own.countsFor) {
      const status = await getStatus(turn);
      if (!isSameWrap(status, own.countsFor)) throw refuse('VAULT_CONFLICT');
      return status;
    }
    const base = own.isUnsure ? await findBase(turn, own) : { vault: own.madeFor, isStored: false };
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
      await follow(status, turn);
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
    turn: VaultTurn,
    { madeFor, wrap }: ShownCode,
  ): Promise<{ readonly vault: ExistingVault; readonly isStored: boolean }> {
    const status = await getStatus(turn);
    const isAsMade = status.revision === madeFor.revision;
    const { generation, zeroKnowledge } = madeFor;
    if (status.generation !== generation || status.zeroKnowledge !== zeroKnowledge) {
      throw refuse('VAULT_CONFLICT');
    }
    if (isAsMade || !zeroKnowledge) return { vault: status, isStored: false };
    const fetched = await masterKeys.fetch(turn);
    const isStored = 'recoveryWrap' in fetched && fetched.recoveryWrap.wrapped === wrap.wrapped;
    if (!isStored) throw refuse('VAULT_CONFLICT');
    return { vault: status, isStored };
  }

  async function expectToCount(turn: VaultTurn, { recoveryCode }: TypedCode): Promise<void> {
    const own = shown?.userId === turn.userId ? shown : undefined;
    if (own) await proveTyped(own, recoveryCode);
    const fetched = await masterKeys.fetch(turn);
    if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
    if (!own)
      return wipeBytes((await openWithCode(fetched.recoveryWrap, recoveryCode, fetched)).bytes);
    if (fetched.recoveryWrap.wrapped !== own.wrap.wrapped) throw refuse('VAULT_CONFLICT');
  }

  return {
    confirm,
    expectToCount,
    setupRecoveryCode: () =>
      takeTurn(async (turn) => {
        const status = await getStatus(turn);
        if (status.hasRecoveryWrap) throw refuse('VAULT_CONFLICT');
        return show(readMasterKey(await masterKeys.fetch(turn)), status);
      }),
    rotateRecoveryCode(former) {
      if (former && 'passkey' in former) {
        return withPasskey((_turn, { key, vault }) => show(key, vault));
      }
      return takeTurn(async (turn) => {
        const status = await getStatus(turn);
        if (!status.hasRecoveryWrap) throw refuse('RECOVERY_WRAP_MISSING');
        const fetched = await masterKeys.fetch(turn);
        return show(await openFetched(fetched, former?.recoveryCode), status);
      });
    },
    confirmRecoveryCode: (typed) => takeTurn((turn) => confirm(turn, typed)),
    clearRecoveryCode: () =>
      takeTurn(async (turn) => {
        const before = await getStatus(turn);
        shown = undefined;
        if (!before.hasRecoveryWrap) return before;
        const { revision } = before;
        const status = await server.change('vault.clearRecoveryWrap', { revision });
        await follow(status, turn);
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
