import { setTimeout as delay } from 'node:timers/promises';

/**
 * For responses that must not reveal whether an address has an account: longer than their few statements
 * take. Mail is sent in the background.
 */
export const CONCEALED_RESPONSE_MS = 100;

/**
 * Does the work and answers no sooner than after `milliseconds`, so that the time doesn't reveal what the
 * work was. An error is not held back.
 */
export async function withMinimumDuration<T>(
  milliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const [answer] = await Promise.all([work(), delay(milliseconds)]);
  return answer;
}
