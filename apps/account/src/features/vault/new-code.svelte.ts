import type { ExistingVault } from './vault-changes.ts';

/** For this tab, over a reload. Holds whose code it was, and nothing of the code. */
const KEY = 'mana recovery code not typed back';
/** Stands after whose it was, once the server may have it. */
const UNSURE = ' unsure';

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

  /** The server may have it, and nobody knows. */
  doubt(userId: string): void {
    inStorage((storage) => storage.setItem(KEY, `${userId}${UNSURE}`));
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

  /** What this user left behind before it was known to count. Asked for once: then it is forgotten. */
  takeAbandoned(userId: string): 'nothing' | 'void' | 'unsure' {
    const left = inStorage((storage) => storage.getItem(KEY));
    inStorage((storage) => storage.removeItem(KEY));
    if (left === `${userId}${UNSURE}`) return 'unsure';
    return left === userId ? 'void' : 'nothing';
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
