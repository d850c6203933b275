import type { Deps } from '../../../deps.ts';

/** The first ones stay good, so that nobody is kept from their link by a stranger who uses this up. */
const FIVE_AN_HOUR = { limit: 5, windowMs: 60 * 60_000, pauseMs: 0 };

type MailKind = 'password-reset' | 'sign-up';

/**
 * Whether one more mail may go to an address that somebody named who isn't signed in. It keeps strangers
 * from filling a mailbox; the answer to them stays the same.
 */
export async function consumeMailQuota(
  { now, mailRateLimits }: Deps,
  kind: MailKind,
  email: string,
): Promise<boolean> {
  const { allowed } = await mailRateLimits.consume(
    `${kind}:${email}`,
    FIVE_AN_HOUR,
    now().getTime(),
  );
  return allowed;
}

/**
 * Does `work`, which ends in one such mail, if one more may go. A mail that a fault prevented isn't counted.
 * Null where none may go.
 */
export async function withMailQuota<T>(
  deps: Deps,
  { kind, email }: { kind: MailKind; email: string },
  work: () => Promise<T>,
): Promise<T | null> {
  if (!(await consumeMailQuota(deps, kind, email))) return null;
  try {
    return await work();
  } catch (error) {
    await deps.mailRateLimits.release(`${kind}:${email}`, FIVE_AN_HOUR, deps.now().getTime());
    throw error;
  }
}
