import type { AuthResult } from '../transport/result.ts';
import type { VaultPlatform } from './keys/vault-platform.ts';

/** How long to wait before the second try, and before the third and last. */
const WAITS_MS = [300, 1_000];

/**
 * Asks again after an outage. Only for what may be asked twice: what changes a vault isn't, for its answer may
 * be all that was lost.
 */
export async function retryOnOutage<T>(
  { sleep }: VaultPlatform,
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

/** Whoever says when to come back isn't asked before. */
function isOutage(result: AuthResult<unknown>): boolean {
  return (
    !result.success && result.code === 'SERVICE_UNAVAILABLE' && result.retryAfterSec === undefined
  );
}
