import { type ChangeMail, writeChangeMail } from '../../mail/change-mail.ts';
import type { Mail } from '../../mail/mail.ts';

/** After a passkey was registered. */
export function passkeyAddedMail(about: ChangeMail & { readonly name: string }): Mail {
  return writeChangeMail(about, {
    subject: 'A passkey was added to your account',
    news: `the passkey "${about.name}" can now sign in to your account.`,
    advice: 'look-around',
  });
}

/** After a passkey was removed. */
export function passkeyRemovedMail(about: ChangeMail & { readonly name: string }): Mail {
  return writeChangeMail(about, {
    subject: 'A passkey was removed from your account',
    news: `the passkey "${about.name}" can no longer sign in to your account.`,
    advice: 'look-around',
  });
}

/** After a signature whose counter isn't higher than the last one's. */
export function copiedPasskeyMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'One of your passkeys may have been copied',
    news: `we refused a sign-in with one of your passkeys: a copy of it may have been used elsewhere, or it was
restored to an earlier state. If you don't know why, remove that passkey and add it again.`,
    advice: 'look-around',
  });
}
