import type { ExistingVault } from './vault-changes.ts';

/** For this tab, kept over a reload. Holds whose code it was, and nothing of the code. */
const KEY = 'mana recovery code not confirmed';
/** Follows the user's id once the server may have the code. */
const UNSURE = ' unsure';

/** What became of the recovery code that was created last in this tab. Never holds the code itself. */
class LatestCode {
  /** Whether one is on the page that isn't active yet: until then no other is created. */
  isShown = $state(false);
  #activeSince = $state.raw<Date | null>(null);

  show(userId: string): void {
    this.isShown = true;
    this.#activeSince = null;
    inStorage((storage) => storage.setItem(KEY, userId));
  }

  /** It was confirmed, and is the active one of this vault. */
  confirm({ recoverySetAt }: ExistingVault): void {
    this.#activeSince = recoverySetAt;
    this.discard();
  }

  /** The server may have it, and nobody knows. */
  markUnsure(userId: string): void {
    inStorage((storage) => storage.setItem(KEY, `${userId}${UNSURE}`));
  }

  /** Its owner doesn't want it, or it can't become active. */
  discard(): void {
    this.isShown = false;
    inStorage((storage) => storage.removeItem(KEY));
  }

  /** It went out of sight before it was confirmed. */
  hide(): void {
    this.isShown = false;
  }

  /** Whether it is this vault's active code. */
  isActiveIn({ recoverySetAt }: ExistingVault): boolean {
    return recoverySetAt !== null && recoverySetAt.getTime() === this.#activeSince?.getTime();
  }

  /** What this user left behind before it was known to be active. Forgotten once it was asked for. */
  takeAbandoned(userId: string): 'nothing' | 'inactive' | 'unsure' {
    const left = inStorage((storage) => storage.getItem(KEY));
    inStorage((storage) => storage.removeItem(KEY));
    if (left === `${userId}${UNSURE}`) return 'unsure';
    return left === userId ? 'inactive' : 'nothing';
  }
}

/** A browser that stores nothing remembers nothing. */
function inStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

/** The one of this tab. */
export const latestCode = new LatestCode();
