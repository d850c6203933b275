import type { RateLimitPolicy } from '@mana/auth-core/rate-limit/rate-limit-store';
import type { Deps } from '../../../deps.ts';

const HOUR_MS = 60 * 60_000;
/** The first five stay good, so that a stranger who uses up the quota keeps nobody from their link. */
const FIVE_AN_HOUR: RateLimitPolicy = { limit: 5, windowMs: HOUR_MS, pauseMs: 0 };
/** An attacker who locks an account again and again must not fill its owner's mailbox. */
const ONE_A_DAY: RateLimitPolicy = { limit: 1, windowMs: 24 * HOUR_MS, pauseMs: 0 };

const quotas = {
  'password-reset': FIVE_AN_HOUR,
  'sign-up': FIVE_AN_HOUR,
  'lock-mail': ONE_A_DAY,
} as const;

type MailKind = keyof typeof quotas;

/**
 * Whether one more mail may go to an address, and counts it. For mails that somebody who isn't signed in
 * can cause: it keeps strangers from filling a mailbox, and they get the same answer either way.
 */
export async function consumeMailQuota(
  { now, mailRateLimits }: Deps,
  kind: MailKind,
  email: string,
): Promise<boolean> {
  const { allowed } = await mailRateLimits.consume(
    `${kind}:${email}`,
    quotas[kind],
    now().getTime(),
  );
  return allowed;
}

/**
 * Does `work`, which leads to one such mail, or answers null if no more may go. A mail that a fault
 * prevented isn't counted.
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
    await deps.mailRateLimits.release(`${kind}:${email}`, quotas[kind], deps.now().getTime());
    throw error;
  }
}
