import type { AuthFailure, VaultStatus } from '@mana/shared-auth';

/** A vault that is there. */
export type ExistingVault = Extract<VaultStatus, { initialised: true }>;

/** Carries no more than that something changed. */
const CHANNEL = 'mana vault changes';

/** The code of a failure that says that the page shows a vault as it was, and has to look again. */
const SAYS_CHANGED: readonly AuthFailure['code'][] = [
  'VAULT_CONFLICT',
  'VAULT_NOT_INITIALISED',
  'RECOVERY_WRAP_MISSING',
  'ZK_ACTIVE',
  'ZK_ROTATE_FORBIDDEN',
];

export function saysVaultChanged({ code }: Pick<AuthFailure, 'code'>): boolean {
  return SAYS_CHANGED.includes(code);
}

export interface VaultChanges {
  /** Tells the other tabs of this browser that the vault isn't any more what they show. */
  tell(): void;
  stop(): void;
}

/** Calls `look` whenever another tab has changed the vault. */
export function followVaultChanges(look: () => void): VaultChanges {
  if (typeof BroadcastChannel === 'undefined') {
    return { tell: () => undefined, stop: () => undefined };
  }
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = () => look();
  return { tell: () => channel.postMessage('changed'), stop: () => channel.close() };
}
