import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does the work and answers not before `milliseconds` have passed, so that the time tells nothing of
 * what the work was. An error is not held back.
 */
export async function notBefore<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const [answer] = await Promise.all([work(), delay(milliseconds)]);
  return answer;
}
