import { pageUrl } from '../../../config/account-pages.ts';
import type { Mail } from '../../../mail/mail.ts';

/** To the owner of an account that wrong passwords have locked. */
export function accountLockedMail({
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
    subject: 'Somebody tried to guess your password',
    text: `Hello,

there were too many wrong passwords for your account. Devices that you haven't used before can't sign in
for ${minutes} minutes. Where you have signed in before, you still can.

If it was you, set a new password, which also ends the wait:

${pageUrl(baseUrl, 'forgotPassword')}

If it wasn't you, nothing was lost: nobody got in. A password that you use nowhere else keeps it that way.
`,
  };
}
