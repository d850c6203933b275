import type { Mail } from '../../../mail/mail.ts';

/** To a new address, which it proves. */
export function verificationMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Confirm your email address',
    text: `Hello,

open this link to confirm your address. It works once, for 24 hours:

${link}

If you didn't ask for an account, ignore this mail, or open the link and say so. Opening it confirms nothing
by itself.
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

Any password that was chosen before no longer works. If you don't want an account, ignore this mail:
without the link, nothing happens.
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

If it wasn't you, ignore this mail: nothing has changed.
`,
  };
}
