import { setTimeout as delay } from 'node:timers/promises';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';

/** Before each further try: longer than the second in which a service counts its calls. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000];

/**
 * Does `work` again while the key service is out of reach or has had too many calls, then rejects as it did.
 * For commands, which nobody waits for; `work` may be repeated.
 */
export async function outlastOutage<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isAuthError(error) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      await delay(pauseMs);
    }
  }
  return work();
}
