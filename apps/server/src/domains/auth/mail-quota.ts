import type { Deps } from '../../deps.ts';

/** The first ones stay good, so that nobody is kept from their link by a stranger who uses this up. */
const FIVE_AN_HOUR = { limit: 5, windowMs: 60 * 60_000, pauseMs: 0 };

/**
 * Whether one more mail may go to an address that somebody named who isn't signed in. It keeps strangers
 * from filling a mailbox; the answer to them stays the same.
 */
export async function mayMail(
  { now, mailThrottle }: Deps,
  kind: 'password-reset' | 'sign-up',
  email: string,
): Promise<boolean> {
  const { allowed } = await mailThrottle.consume(`${kind}:${email}`, FIVE_AN_HOUR, now().getTime());
  return allowed;
}
