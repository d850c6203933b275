import { setTimeout as delay } from 'node:timers/promises';

/**
 * For answers that must not reveal whether an address has an account: longer than the few statements take.
 * Mail is sent in the background.
 */
export const CONCEALED_RESPONSE_MS = 100;

/**
 * Does the work and answers after at least `milliseconds`, so that the time reveals nothing about the work.
 * An error is not held back.
 */
export async function withMinimumDuration<T>(
  milliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const [answer] = await Promise.all([work(), delay(milliseconds)]);
  return answer;
}
