import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

/**
 * Does a write that may name the active KEK. Throws SERVICE_UNAVAILABLE where that was retired while this
 * server still has it: nothing is wrong with the vault, and another server can do it.
 */
export async function withNamedKek<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isUnnamedKek(error)) throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
    throw error;
  }
}

function isUnnamedKek(error: unknown): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'encryption_vaults_kek_id_fkey'
  );
}
