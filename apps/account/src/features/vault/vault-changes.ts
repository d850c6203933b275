import type { AuthFailure, VaultStatus } from '@mana/shared-auth';

/** A vault that exists. */
export type ExistingVault = Extract<VaultStatus, { initialised: true }>;

/** Carries only the fact that something changed. */
const CHANNEL = 'mana vault changes';

/** Codes of failures that mean the page shows an outdated vault. */
const SAYS_CHANGED: readonly AuthFailure['code'][] = [
  'VAULT_CONFLICT',
  'VAULT_NOT_INITIALISED',
  'RECOVERY_WRAP_MISSING',
  'ZK_ACTIVE',
  'ZK_ROTATE_FORBIDDEN',
];

/** Whether a failure means that the page shows an outdated vault, and has to read it again. */
export function saysVaultChanged({ code }: Pick<AuthFailure, 'code'>): boolean {
  return SAYS_CHANGED.includes(code);
}

/** The connection to the other tabs of this browser. */
export interface VaultChanges {
  /** Lets the other tabs of this browser know that what they show is outdated. */
  announce(): void;
  stop(): void;
}

/** Calls `reload` whenever another tab has changed the vault. */
export function followVaultChanges(reload: () => void): VaultChanges {
  if (typeof BroadcastChannel === 'undefined') {
    return { announce: () => undefined, stop: () => undefined };
  }
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = () => reload();
  return { announce: () => channel.postMessage('changed'), stop: () => channel.close() };
}
