import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { findProofVerifier, matchesVerifier } from '@mana/auth-core/vault/unlocked/possession';
import type { EncryptionVault } from '@mana/db/schema/vault';

/**
 * The verifier of a zero-knowledge vault, once the caller has proved that they have its master key. Throws
 * ZK_ACTIVE without a proof, VALIDATION for a wrong one.
 *
 * A vault from before there were proofs has no verifier, and nobody but its user can make one. With
 * `trustFirst` the first proof is trusted (docs/vault-format.md, "Proof of the master key"), else ZK_ACTIVE.
 */
export async function verifyPossession(
  vault: EncryptionVault,
  proof: string | undefined,
  { trustFirst }: { trustFirst: boolean },
): Promise<string> {
  const known = vault.possession_verifier;
  if (proof === undefined || (known === null && !trustFirst)) throw new AuthError('ZK_ACTIVE');
  const verifier = known ?? (await findProofVerifier(proof));
  if (verifier === null || !(await matchesVerifier(proof, verifier))) throw toWrongKey('proof');
  return verifier;
}

/** VALIDATION for the input at `path`, which shows another key than the vault's. */
export function toWrongKey(path: string): AuthError {
  const message = "That isn't the key of this vault. Unlock it with your recovery code first.";
  return new AuthError('VALIDATION', { path, message });
}
