import { pageUrl } from '../../../config/account-pages.ts';
import type { Mail } from '../../../mail/mail.ts';

/** To the owner of an account that wrong passwords have locked. */
export function accountLockedMail({
  to,
  baseUrl,
  link,
  minutes,
}: {
  to: string;
  baseUrl: string;
  link: string;
  minutes: number;
}): Mail {
  return {
    to,
    subject: 'Somebody tried to guess your password',
    text: `Hello,

there were too many wrong passwords for your account. Devices that you haven't used before can't sign in
for ${minutes} minutes, or until you do one of the following. Where you have signed in before, you still can.

To sign in on a new device now, open this link there. It works once, for 24 hours, and your password stays
the same:

${link}

If you don't remember your password, set a new one, which also ends the wait:

${pageUrl(baseUrl, 'forgotPassword')}

If it wasn't you, nothing was lost: nobody got in. A password that you use nowhere else keeps it that way.
`,
  };
}
