import { type ChangeMail, writeChangeMail } from '../../../mail/change-mail.ts';
import type { Mail } from '../../../mail/mail.ts';

/** To the owner, when somebody signed in with a browser that the account didn't know. */
export function newDeviceMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'A new device signed in to your account',
    news: "somebody, most likely you, signed in to your account from a device we haven't seen before:",
    advice: 'new-password',
  });
}
