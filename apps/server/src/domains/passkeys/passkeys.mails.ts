import { type ChangeMail, writeChangeMail } from '../../mail/change-mail.ts';
import type { Mail } from '../../mail/mail.ts';

export function passkeyAddedMail(about: ChangeMail & { readonly name: string }): Mail {
  return writeChangeMail(about, {
    subject: 'A passkey was added to your account',
    news: `from now on, the passkey "${about.name}" signs in to your account.`,
    advice: 'look-around',
  });
}

export function passkeyRemovedMail(about: ChangeMail & { readonly name: string }): Mail {
  return writeChangeMail(about, {
    subject: 'A passkey was removed from your account',
    news: `the passkey "${about.name}" doesn't sign in to your account any more.`,
    advice: 'look-around',
  });
}

/** After a signature whose counter isn't above the last one. */
export function copiedPasskeyMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'One of your passkeys may have been copied',
    news: `a sign-in with one of your passkeys was refused: the key has been used elsewhere since, or was put
back to an older state. If you don't know why, remove that passkey and add it anew.`,
    advice: 'look-around',
  });
}
