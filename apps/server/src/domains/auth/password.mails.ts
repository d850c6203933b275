import type { Mail } from '../../mail/mail.ts';

/** To who forgot the password. */
export function passwordResetMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Set a new password',
    text: `Hello,

open this link to set a new password. It works once, for an hour, and signs out every device:

${link}

If you didn't ask for it, leave it: without the link nothing happens.
`,
  };
}

/** To an address that was never confirmed, and that more than one person may have signed up with. */
export function claimAddressMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Confirm your email address and choose a password',
    text: `Hello,

somebody began to sign up with your address. To make the account yours, open this link and choose a
password. It works once, for 24 hours:

${link}

Any password that was chosen before is void. If you don't want an account, leave it: without the link
nothing happens.
`,
  };
}

/** To the owner, whose password was changed or reset. */
export function passwordChangedMail({
  to,
  baseUrl,
  occasion,
}: {
  to: string;
  baseUrl: string;
  occasion: string;
}): Mail {
  return {
    to,
    subject: 'Your password was changed',
    text: `Hello,

the password of your account was changed:

${occasion}

If it wasn't you, set a new password now. It signs out every device:

${baseUrl}/forgot-password
`,
  };
}
