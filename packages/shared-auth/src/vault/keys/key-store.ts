import type { UnlockedVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import type { WritableStore } from '../../session/store.ts';
import { Refused } from '../refused.ts';
import type { VaultPlatform } from '../vault-platform.ts';
import { toLocked, type VaultState } from '../vault-state.ts';
import type { DeviceStore } from './device-store.ts';
import { forgetStored } from './forget-stored.ts';

/** The keys of an unlocked vault. */
export interface ActiveKeys {
  /** Undefined once a newer key is known to exist: nothing more is encrypted with this one. */
  readonly current: UnlockedVault | undefined;
  /** Keys from before a rotation. They decrypt what hasn't been re-encrypted yet. */
  readonly previousKeys: readonly UnlockedVault[];
  readonly zeroKnowledge: boolean;
  readonly keptOnDevice: boolean;
}

/** The keys that can stay on the device; none is extractable. */
export type StoredKeys = Pick<ActiveKeys, 'previousKeys' | 'zeroKnowledge'> & {
  readonly current: UnlockedVault;
};

/** Holds the keys of this tab until their scope ends, and the copy on the device. */
export interface KeyStore {
  active(): ActiveKeys | undefined;
  /** Makes the keys active, and stores them if they are to stay. Throws FORBIDDEN once `scope` has ended. */
  activate(keys: StoredKeys, options: { stay: boolean; scope: AbortSignal }): Promise<VaultState>;
  /** A newer key exists: from now on the active ones only decrypt. */
  retire(): void;
  findStored(userId: string): Promise<StoredKeys | undefined>;
  /**
   * Stores these keys for reading, replacing those stored before, even where the vault doesn't stay
   * unlocked. Throws FORBIDDEN once `scope` has ended.
   */
  storePreviousKeys(keys: readonly UnlockedVault[], scope: AbortSignal): Promise<void>;
  findPreviousKeys(userId: string): Promise<readonly UnlockedVault[]>;
  forgetStored(): Promise<void>;
}

// Devices have entries under these names, so they can't change.
const KEYS_ENTRY = 'keys';
const PREVIOUS_KEYS_ENTRY = 'formers';

/** The entry as devices have it. */
interface KeysEntry {
  readonly current: UnlockedVault;
  /** The previous keys. */
  readonly formers: readonly UnlockedVault[];
  readonly zeroKnowledge: boolean;
}

interface Dependencies {
  readonly state: WritableStore<VaultState>;
  readonly platform: VaultPlatform;
  readonly storedName: string;
}

/** The key store of this tab, whose state follows the keys. `device` is the database of `storedName`. */
export function createKeyStore(
  { state, platform, storedName }: Dependencies,
  device: DeviceStore,
): KeyStore {
  let active: { readonly keys: ActiveKeys; readonly scope: AbortSignal } | undefined;

  function set(keys: ActiveKeys, scope: AbortSignal): void {
    const own = { keys, scope };
    active = own;
    // The keys themselves go when the scope ends, not only access to them.
    scope.addEventListener('abort', () => {
      if (active === own) active = undefined;
    });
  }

  async function forget(): Promise<void> {
    await forgetStored(platform.indexedDb, storedName).catch(() => undefined);
  }

  return {
    active: () => active?.keys,
    async activate(keys, { stay, scope }) {
      if (scope.aborted) throw new Refused(toLocked());
      const { current, previousKeys, zeroKnowledge } = keys;
      const entry: KeysEntry = { current, formers: previousKeys, zeroKnowledge };
      const keptOnDevice = stay && (await device.put(KEYS_ENTRY, entry));
      if (scope.aborted) {
        await forget();
        throw new Refused(toLocked());
      }
      set({ ...keys, keptOnDevice }, scope);
      const { generation } = current;
      const holdsFormerKeys = previousKeys.length > 0;
      state.set({ status: 'unlocked', generation, zeroKnowledge, keptOnDevice, holdsFormerKeys });
      return state.get();
    },
    retire() {
      const keys = active?.keys;
      if (!active || !keys?.current) return;
      const previousKeys = [keys.current, ...keys.previousKeys];
      set({ ...keys, current: undefined, previousKeys }, active.scope);
      state.set({ status: 'locked' });
    },
    forgetStored: forget,
    async storePreviousKeys(keys, scope) {
      if (keys.length > 0) await device.put(PREVIOUS_KEYS_ENTRY, keys);
      else await device.remove(PREVIOUS_KEYS_ENTRY);
      if (!scope.aborted) return;
      await forget();
      throw new Refused(toLocked());
    },
    async findPreviousKeys(userId) {
      const stored = (await device.find(PREVIOUS_KEYS_ENTRY)) ?? [];
      if (Array.isArray(stored) && stored.every((one) => isKeyOf(one, userId))) return stored;
      await forget();
      return [];
    },
    async findStored(userId) {
      const stored = await device.find(KEYS_ENTRY);
      if (isKeysEntry(stored, userId)) {
        const { current, formers: previousKeys, zeroKnowledge } = stored;
        return { current, previousKeys, zeroKnowledge };
      }
      if (stored !== undefined) await forget();
      return undefined;
    },
  };
}

/** Only this device writes the entry, but another user or version of the page may have. */
function isKeysEntry(stored: unknown, userId: string): stored is KeysEntry {
  const { current, formers } = (stored ?? {}) as Partial<KeysEntry>;
  return isKeyOf(current, userId) && Array.isArray(formers);
}

function isKeyOf(stored: unknown, userId: string): stored is UnlockedVault {
  const key = (stored ?? {}) as Partial<UnlockedVault>;
  return key.userId === userId && key.secret instanceof CryptoKey;
}
