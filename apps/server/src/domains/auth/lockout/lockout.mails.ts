import { pageUrl } from '../../../config/account-pages.ts';
import type { Deps } from '../../../deps.ts';
import type { Mail } from '../../../mail/mail.ts';

/** An attacker who locks an account again and again must not fill its owner's mailbox. */
const ONE_A_DAY = { limit: 1, windowMs: 24 * 60 * 60_000, pauseMs: 0 };

/** Tells the owner that guesses have locked their account, once a day. */
export async function notifyOwnerOfLock(deps: Deps, email: string): Promise<void> {
  const { config, mailer, now, mailRateLimits } = deps;
  const { allowed } = await mailRateLimits.consume(
    `lock-mail:${email}`,
    ONE_A_DAY,
    now().getTime(),
  );
  if (!allowed) return;
  const minutes = Math.ceil(config.lockoutPolicy.lockMs / 60_000);
  mailer.send(accountLockedMail({ to: email, baseUrl: config.baseUrl, minutes }));
}

function accountLockedMail({
  to,
  baseUrl,
  minutes,
}: {
  to: string;
  baseUrl: string;
  minutes: number;
}): Mail {
  return {
    to,
    subject: 'Somebody guessed at your password',
    text: `Hello,

there were too many wrong passwords for your account, so devices that you haven't used before can't
sign in for ${minutes} minutes. Where you have signed in before, you still can.

If it was you, set a new password, which also ends the wait:

${pageUrl(baseUrl, 'forgotPassword')}

If it wasn't, nothing was lost: nobody got in. A password that you use nowhere else keeps it so.
`,
  };
}
