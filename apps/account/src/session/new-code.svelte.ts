import type { ExistingVault } from './vault-changes.ts';

/** For this tab, over a reload. Holds whose code it was, and nothing of the code. */
const KEY = 'mana recovery code not typed back';

/** What became of the recovery code that was made last in this tab. Never holds the code. */
class NewCode {
  /** Whether one is on the page that doesn't count yet: then no other is made. */
  isShown = $state(false);
  #countsSince = $state.raw<Date | null>(null);

  show(userId: string): void {
    this.isShown = true;
    this.#countsSince = null;
    inStorage((storage) => storage.setItem(KEY, userId));
  }

  /** It was typed back, and is the one of this vault. */
  count({ recoverySetAt }: ExistingVault): void {
    this.#countsSince = recoverySetAt;
    this.drop();
  }

  /** Its owner doesn't want it, or it can't come to count. */
  drop(): void {
    this.isShown = false;
    inStorage((storage) => storage.removeItem(KEY));
  }

  /** It went out of sight before it was typed back. */
  leave(): void {
    this.isShown = false;
  }

  /** Whether this vault's code is the one that was made here last. */
  isOf({ recoverySetAt }: ExistingVault): boolean {
    return recoverySetAt !== null && recoverySetAt.getTime() === this.#countsSince?.getTime();
  }

  /** Whether this user left one behind that never came to count. Asked for once: then it is forgotten. */
  takeLeft(userId: string): boolean {
    const owner = inStorage((storage) => storage.getItem(KEY));
    inStorage((storage) => storage.removeItem(KEY));
    return owner === userId;
  }
}

/** A browser that keeps nothing remembers nothing. */
function inStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

export const newCode = new NewCode();
