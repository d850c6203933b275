import type { AuthResult } from '@mana/shared-auth';

/**
 * Calls, and once more when the first answer was that the person has to prove who they are and they
 * did. Where they didn't, the first answer stands.
 */
export async function retryAfterReauthentication<T>(
  call: () => Promise<AuthResult<T>>,
  askForProof: () => Promise<boolean>,
): Promise<AuthResult<T>> {
  const result = await call();
  if (result.success || result.code !== 'REAUTHENTICATION_REQUIRED') return result;
  return (await askForProof()) ? call() : result;
}
