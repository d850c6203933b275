import { pageUrl } from '../../../config/account-pages.ts';
import type { Mail } from '../../../mail/mail.ts';

/** To the new address, which it proves. */
export function emailChangeMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Confirm your new email address',
    text: `Hello,

open this link to make this the address of your account. It works once, for an hour:

${link}

If you didn't ask for it, leave it: somebody may have mistyped their own address. Without the link
nothing happens.
`,
  };
}

interface ChangeNotice {
  /** The old address. */
  readonly to: string;
  readonly newEmail: string;
  readonly baseUrl: string;
  readonly requestOrigin: string;
}

/** To the old address, while there is time to stop it. */
export function emailChangeRequestedMail(notice: ChangeNotice): Mail {
  return {
    to: notice.to,
    subject: 'Your email address is about to change',
    text: `Hello,

somebody, most likely you, asked to change the address of your account to ${notice.newEmail}:

${notice.requestOrigin}

It changes once the link in a mail to that address is opened. If it wasn't you, set a new password now.
It ends that link, and signs out every device:

${pageUrl(notice.baseUrl, 'forgotPassword')}
`,
  };
}

/** To the old address, when it has changed. */
export function emailChangedMail(notice: Omit<ChangeNotice, 'baseUrl'>): Mail {
  return {
    to: notice.to,
    subject: 'Your email address was changed',
    text: `Hello,

the address of your account is ${notice.newEmail} now:

${notice.requestOrigin}

You can't sign in with this address any more. If it wasn't you, tell the people who run this service
at once: a new password can only be had through the new address.
`,
  };
}

/** To the owner of an address that somebody else wanted for their account, where accounts are concealed. */
export function emailChangeTakenMail({ to, baseUrl }: { to: string; baseUrl: string }): Mail {
  return {
    to,
    subject: 'You already have an account',
    text: `Hello,

somebody, perhaps you, wanted to use this address for another account. You already have one:

${pageUrl(baseUrl, 'signIn')}

To use the address elsewhere, delete that account first. If it wasn't you, leave it: nothing was changed.
`,
  };
}
