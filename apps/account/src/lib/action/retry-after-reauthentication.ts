import type { AuthResult } from '@mana/shared-auth';

/**
 * Calls, and calls once more if the server required reauthentication and it succeeded. If it didn't, the
 * first answer stands.
 */
export async function retryAfterReauthentication<T>(
  call: () => Promise<AuthResult<T>>,
  reauthenticate: () => Promise<boolean>,
): Promise<AuthResult<T>> {
  const result = await call();
  if (result.success || result.code !== 'REAUTHENTICATION_REQUIRED') return result;
  return (await reauthenticate()) ? call() : result;
}
