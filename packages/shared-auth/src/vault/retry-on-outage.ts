import type { AuthResult } from '../transport/result.ts';
import type { VaultPlatform } from './vault-platform.ts';

/** How long to wait before the second attempt, and before the third and last. */
const WAITS_MS = [300, 1_000];

/**
 * Calls again after an outage. Only for calls that may be repeated, so not for one that changes the vault:
 * perhaps only its response was lost.
 */
export async function retryOnOutage<T>(
  { sleep }: Pick<VaultPlatform, 'sleep'>,
  scope: AbortSignal,
  call: () => Promise<AuthResult<T>>,
): Promise<AuthResult<T>> {
  let result = await call();
  for (const waitMs of WAITS_MS) {
    if (!isOutage(result) || scope.aborted) return result;
    await sleep(waitMs);
    result = await call();
  }
  return result;
}

/** A server that says when to come back isn't called before then. */
function isOutage(result: AuthResult<unknown>): boolean {
  return (
    !result.success && result.code === 'SERVICE_UNAVAILABLE' && result.retryAfterSec === undefined
  );
}
