import { timingSafeEqual } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { parseBase64 } from '@mana/auth-core/vault/format/base64';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { SignedInContext } from '../../trpc/context.ts';
import { changeVault, expectRevision, getVault } from './change-vault.ts';
import { openServerWrap, sealServerWrap, verifierOf } from './keys/server-wrap.ts';
import type { ChangeInput, DisableZeroKnowledgeInput } from './vault.schema.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { toWrongKey } from './verify-possession.ts';

/**
 * Destroys the server's wrap: from then on only the recovery code, or a passkey set up for it, opens the
 * vault. Keeps a verifier, by which the master key can be recognised. The owner gets a mail, unless the
 * vault is in that mode already: then nothing changes.
 *
 * Throws RECOVERY_WRAP_MISSING, VAULT_NOT_INITIALISED, VAULT_CONFLICT, and VAULT_UNREADABLE for a vault
 * that the server itself can't open.
 */
export async function enableZeroKnowledge(
  call: SignedInContext,
  decidedOn: ChangeInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  if (vault.zero_knowledge) return toStatus(vault);
  expectRevision(vault, decidedOn);
  if (vault.recovery_wrapped_mk === null) throw new AuthError('RECOVERY_WRAP_MISSING');
  const owner = { userId: vault.user_id, generation: vault.generation };
  // Wipes the key.
  const verifier = await verifierOf(
    await openServerWrap(call.deps.keyProvider, vault, owner),
    owner,
  );
  const change = {
    zero_knowledge: true,
    wrapped_mk: null,
    wrap_iv: null,
    kek_id: null,
    possession_verifier: verifier,
  };
  return changeVault(call, vault, { action: 'zk_enable', change });
}

/**
 * Takes the master key back from its owner's device, once it has proved to be this vault's, and wraps it.
 * The owner gets a mail, unless the vault isn't in that mode: then nothing changes.
 *
 * Throws VALIDATION for another key, VAULT_NOT_INITIALISED and VAULT_CONFLICT.
 */
export async function disableZeroKnowledge(
  call: SignedInContext,
  input: DisableZeroKnowledgeInput,
): Promise<VaultStatus> {
  const masterKey = parseBase64(input.masterKey);
  try {
    const vault = await getVault(call);
    if (!vault.zero_knowledge) return toStatus(vault);
    expectRevision(vault, input);
    const owner = { userId: vault.user_id, generation: vault.generation };
    const presented = await verifierOf(masterKey.slice(), owner);
    // A vault from before there were verifiers has none: the first key is trusted.
    if (!areEqual(presented, vault.possession_verifier ?? presented)) {
      throw toWrongKey('masterKey');
    }
    const wrap = await sealServerWrap(call.deps.keyProvider, masterKey, owner);
    const change = { ...wrap, zero_knowledge: false };
    return await changeVault(call, vault, { action: 'zk_disable', change });
  } finally {
    wipeBytes(masterKey);
  }
}

function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
