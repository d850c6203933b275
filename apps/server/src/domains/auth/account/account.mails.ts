import { pageUrl } from '../../../config/account-pages.ts';
import { type ChangeMail, writeChangeMail } from '../../../mail/change-mail.ts';
import type { Mail } from '../../../mail/mail.ts';

/** For an owner whose vault is in zero-knowledge mode, before and after a reset. */
const VAULT_STAYS_LOCKED = `
A new password doesn't open your vault, and neither can we. It stays locked until you type its recovery
code, or use a passkey that you set up to unlock it. Have one of them at hand.
`;

/** To somebody who forgot their password. Says what a reset doesn't restore. */
export function passwordResetMail({
  to,
  link,
  leavesVaultLocked,
}: {
  to: string;
  link: string;
  leavesVaultLocked: boolean;
}): Mail {
  return {
    to,
    subject: 'Set a new password',
    text: `Hello,

open this link to set a new password. It works once, for an hour, and signs out every device:

${link}
${leavesVaultLocked ? VAULT_STAYS_LOCKED : ''}
If you didn't ask for this, ignore this mail: without the link, nothing happens.
`,
  };
}

/** To the owner, whose password was changed or reset. */
export function passwordChangedMail(about: ChangeMail & { leavesVaultLocked?: boolean }): Mail {
  return writeChangeMail(about, {
    subject: 'Your password was changed',
    news: 'the password of your account was changed:',
    details: about.leavesVaultLocked ? VAULT_STAYS_LOCKED : '',
    advice: 'new-password',
  });
}

/** To the new address, which it proves. */
export function emailChangeMail({ to, link }: { to: string; link: string }): Mail {
  return {
    to,
    subject: 'Confirm your new email address',
    text: `Hello,

open this link to make this the address of your account. You have to be signed in. It works once, for an
hour:

${link}

If you didn't ask for this, ignore this mail: somebody may have mistyped their own address. Without the
link, nothing happens.
`,
  };
}

/** To the old address, while there is time to stop it. */
export function emailChangeRequestedMail(about: ChangeMail & { newEmail: string }): Mail {
  return {
    to: about.to,
    subject: 'Your email address is about to change',
    text: `Hello,

somebody, most likely you, asked to change the address of your account to ${about.newEmail}:

${about.requestOrigin}

It changes once somebody who is signed in confirms it, with the link in a mail to that address. If it
wasn't you, set a new password now. That cancels the change, and signs out every device:

${pageUrl(about.baseUrl, 'forgotPassword')}
`,
  };
}

/** To the old address, once it has changed. The link undoes that. */
export function emailChangedMail(about: ChangeMail & { newEmail: string; link: string }): Mail {
  return {
    to: about.to,
    subject: 'Your email address was changed',
    text: `Hello,

the address of your account is now ${about.newEmail}:

${about.requestOrigin}

You can no longer sign in with this address. If it wasn't you, open this link to undo the change. It works
once, for seven days, whatever else is done to the account meanwhile:

${about.link}
`,
  };
}

/** To the address that an account had until its change was undone. */
export function emailChangeUndoneMail(about: ChangeMail & { email: string }): Mail {
  return {
    to: about.to,
    subject: 'The change of your email address was undone',
    text: `Hello,

the address of your account is ${about.email} again:

${about.requestOrigin}

It was undone with the link that we had sent to that address. Every device was signed out, and only that
mailbox can set a new password. If it isn't yours any more, tell the people who run this service at once.
`,
  };
}

/** To the owner of an address that somebody else wanted for their account, where accounts are concealed. */
export function emailChangeTakenMail({ to, baseUrl }: { to: string; baseUrl: string }): Mail {
  return {
    to,
    subject: 'You already have an account',
    text: `Hello,

somebody, perhaps you, tried to use this address for another account. You already have one:

${pageUrl(baseUrl, 'signIn')}

To use the address elsewhere, delete that account first. If it wasn't you, ignore this mail: nothing has
changed.
`,
  };
}

/** To the owner of an account that is gone. */
export function accountDeletedMail({ to, requestOrigin }: ChangeMail): Mail {
  return {
    to,
    subject: 'Your account was deleted',
    text: `Hello,

your account was deleted, and with it your vault and everything else that was stored for you:

${requestOrigin}

Whoever did this was signed in and had proved who they are a few minutes before. If it wasn't you, tell the
people who run this service at once. You can sign up again with this address.
`,
  };
}
