import type { VaultRow } from './vaults.repository.ts';

/** What its user may know of a vault without opening it. */
export type VaultStatus =
  | { readonly initialised: false }
  | {
      readonly initialised: true;
      /** Counts the master keys, from 1. */
      readonly generation: number;
      /** Counts the changes; the next change names the one it was decided on. */
      readonly revision: number;
      readonly zeroKnowledge: boolean;
      /** Null if no recovery code is set up. */
      readonly recoverySetAt: Date | null;
      readonly hasRecoveryWrap: boolean;
      /** Of the passkeys that open the vault. */
      readonly passkeyIds: readonly string[];
      /** Of the server's wrap; null in zero-knowledge mode, where there is none. */
      readonly formatVersion: number | null;
      readonly kekId: string | null;
      readonly createdAt: Date;
      readonly rotatedAt: Date | null;
    };

/** The status of a vault, or of there being none. */
export function toStatus(vault: VaultRow | undefined): VaultStatus {
  if (!vault) return { initialised: false };
  const hasServerWrap = vault.wrapped_mk !== null;
  return {
    initialised: true,
    generation: vault.generation,
    revision: vault.revision,
    zeroKnowledge: vault.zero_knowledge,
    recoverySetAt: vault.recovery_set_at,
    hasRecoveryWrap: vault.recovery_wrapped_mk !== null,
    passkeyIds: vault.passkey_ids,
    formatVersion: hasServerWrap ? vault.format_version : null,
    kekId: hasServerWrap ? vault.kek_id : null,
    createdAt: vault.created_at,
    rotatedAt: vault.rotated_at,
  };
}
