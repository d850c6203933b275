import { type ChangeMail, writeChangeMail } from '../../../mail/change-mail.ts';
import type { Mail } from '../../../mail/mail.ts';

export function twoFactorEnabledMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'Two-factor sign-in is on',
    news: `from now on, your account wants a code of your authenticator app beside the password. Keep the
backup codes where you find them without your phone.`,
    advice: 'new-password',
  });
}

export function twoFactorDisabledMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'Two-factor sign-in is off',
    news: 'from now on, the password alone signs in to your account.',
    advice: 'new-password',
  });
}

export function backupCodesReplacedMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'You have new backup codes',
    news: 'new backup codes were made for your account. Those from before work no more.',
    advice: 'new-password',
  });
}

export function backupCodeUsedMail(about: ChangeMail & { readonly leftCodes: number }): Mail {
  return writeChangeMail(about, {
    subject: 'A backup code was used to sign in',
    news: `somebody, most likely you, signed in to your account with a backup code.
${sayHowManyAreLeft(about.leftCodes)}`,
    advice: 'new-password',
  });
}

/** From this many on, the owner is asked to make new ones. */
const FEW_CODES = 3;

function sayHowManyAreLeft(leftCodes: number): string {
  const left = leftCodes === 0 ? 'None is' : leftCodes === 1 ? 'One is' : `${leftCodes} are`;
  return `${left} left.${leftCodes <= FEW_CODES ? ' Make new ones in the settings of your account.' : ''}`;
}
