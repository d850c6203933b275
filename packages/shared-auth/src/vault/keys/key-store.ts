import type { UnlockedVault } from '@mana/auth-core/vault/wraps/unlocked-vault';
import { toLocked } from '../locked.ts';
import { Refused } from '../refused.ts';
import type { VaultDependencies } from '../vault-dependencies.ts';
import type { VaultState } from '../vault-state.ts';
import type { DeviceStore } from './device-store.ts';
import { forgetKept } from './forget-stored.ts';

/** The keys of a vault that is open. */
export interface HeldKeys {
  /** Undefined once a newer one is known of: nothing more is encrypted with it. */
  readonly current: UnlockedVault | undefined;
  /** Of before a rotation. They decrypt what isn't encrypted anew yet. */
  readonly formers: readonly UnlockedVault[];
  readonly zeroKnowledge: boolean;
  readonly keptOnDevice: boolean;
}

/** What stays on the device: the keys, none of them extractable. */
export type KeptKeys = Pick<HeldKeys, 'formers' | 'zeroKnowledge'> & {
  readonly current: UnlockedVault;
};

/** Holds the keys of this tab until its scope ends, and the copy on the device. */
export interface KeyKeeper {
  held(): HeldKeys | undefined;
  /** Holds the keys, and keeps them on the device if they are to stay. Throws FORBIDDEN once `scope` ended. */
  hold(keys: KeptKeys, options: { stay: boolean; scope: AbortSignal }): Promise<VaultState>;
  /** A newer key is known of: what is held only decrypts from now on. */
  retire(): void;
  findKept(userId: string): Promise<KeptKeys | undefined>;
  /**
   * Keeps these for reading on the device, in the place of those before, also where the vault doesn't stay
   * unlocked. Throws FORBIDDEN once `scope` ended.
   */
  keepFormers(formers: readonly UnlockedVault[], scope: AbortSignal): Promise<void>;
  findFormers(userId: string): Promise<readonly UnlockedVault[]>;
  forgetKept(): Promise<void>;
}

const KEY = 'keys';
const FORMERS = 'formers';

export function createKeyKeeper(dependencies: VaultDependencies, device: DeviceStore): KeyKeeper {
  const { state, platform, keptName } = dependencies;
  let held: { readonly keys: HeldKeys; readonly scope: AbortSignal } | undefined;

  function set(keys: HeldKeys, scope: AbortSignal): void {
    const own = { keys, scope };
    held = own;
    // The keys go with the scope, and not only out of reach.
    scope.addEventListener('abort', () => {
      if (held === own) held = undefined;
    });
  }

  async function forget(): Promise<void> {
    await forgetKept(platform.indexedDb, keptName).catch(() => undefined);
  }

  return {
    held: () => held?.keys,
    async hold(keys, { stay, scope }) {
      if (scope.aborted) throw new Refused(toLocked());
      const keptOnDevice = stay && (await device.put(KEY, keys));
      if (scope.aborted) {
        await forget();
        throw new Refused(toLocked());
      }
      set({ ...keys, keptOnDevice }, scope);
      const { zeroKnowledge, current, formers } = keys;
      const { generation } = current;
      const holdsFormerKeys = formers.length > 0;
      state.show({ status: 'unlocked', generation, zeroKnowledge, keptOnDevice, holdsFormerKeys });
      return state.get();
    },
    retire() {
      const keys = held?.keys;
      if (!held || !keys?.current) return;
      const formers = [keys.current, ...keys.formers];
      set({ ...keys, current: undefined, formers }, held.scope);
      state.show({ status: 'locked' });
    },
    forgetKept: forget,
    async keepFormers(formers, scope) {
      if (formers.length > 0) await device.put(FORMERS, formers);
      else await device.remove(FORMERS);
      if (!scope.aborted) return;
      await forget();
      throw new Refused(toLocked());
    },
    async findFormers(userId) {
      const kept = (await device.find(FORMERS)) ?? [];
      if (Array.isArray(kept) && kept.every((one) => isKeyOf(one, userId))) return kept;
      await forget();
      return [];
    },
    async findKept(userId) {
      const kept = await device.find(KEY);
      if (isKept(kept, userId)) return kept;
      if (kept !== undefined) await forget();
      return undefined;
    },
  };
}

/** Only this device writes there; another version of the page, or another user's, is no use. */
function isKept(kept: unknown, userId: string): kept is KeptKeys {
  const { current, formers } = (kept ?? {}) as Partial<KeptKeys>;
  return isKeyOf(current, userId) && Array.isArray(formers);
}

function isKeyOf(kept: unknown, userId: string): kept is UnlockedVault {
  const key = (kept ?? {}) as Partial<UnlockedVault>;
  return key.userId === userId && key.secret instanceof CryptoKey;
}
