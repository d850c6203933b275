import type { Mail } from '../../../mail/mail.ts';

export function verificationMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Confirm your email address',
    text: `Hello,

open this link to confirm your address. It works once, for 24 hours:

${link}

If you didn't ask for an account, leave it: without the link nothing happens.
`,
  };
}

/** To the owner of an address with which somebody tried to sign up, where accounts are concealed. */
export function addressTakenMail({ to, signInUrl }: { to: string; signInUrl: string }): Mail {
  return {
    to,
    subject: 'You already have an account',
    text: `Hello,

somebody, perhaps you, tried to sign up with this address. You already have an account:

${signInUrl}

If it wasn't you, leave it: nothing was changed.
`,
  };
}
