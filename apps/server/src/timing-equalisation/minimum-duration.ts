import { setTimeout as delay } from 'node:timers/promises';

/**
 * For answers that must not tell whether an address has an account: longer than the few statements take.
 * Mail is sent behind the answer.
 */
export const CONCEALED_RESPONSE_MS = 100;

/**
 * Does the work and answers not before `milliseconds` have passed, so that the time tells nothing of
 * what the work was. An error is not held back.
 */
export async function withMinimumDuration<T>(
  milliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const [answer] = await Promise.all([work(), delay(milliseconds)]);
  return answer;
}
