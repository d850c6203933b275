import { type ChangeMail, writeChangeMail } from '../../../mail/change-mail.ts';
import type { Mail } from '../../../mail/mail.ts';

/** To the owner, whose second factor was turned on. */
export function twoFactorEnabledMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'Two-factor sign-in is on',
    news: `from now on, signing in to your account takes a code from your authenticator app as well as the
password. Keep the backup codes where you can find them without your phone.`,
    advice: 'new-password',
  });
}

/** To the owner, whose second factor was turned off. */
export function twoFactorDisabledMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'Two-factor sign-in is off',
    news: 'from now on, the password alone is enough to sign in to your account.',
    advice: 'new-password',
  });
}

/** To the owner, whose backup codes were replaced. */
export function backupCodesReplacedMail(about: ChangeMail): Mail {
  return writeChangeMail(about, {
    subject: 'You have new backup codes',
    news: 'new backup codes were made for your account. The old ones no longer work.',
    advice: 'new-password',
  });
}

/** To the owner, after a sign-in with a backup code. */
export function backupCodeUsedMail(about: ChangeMail & { readonly codesLeft: number }): Mail {
  return writeChangeMail(about, {
    subject: 'A backup code was used to sign in',
    news: `somebody, most likely you, signed in to your account with a backup code.
${sayHowManyAreLeft(about.codesLeft)}`,
    advice: 'new-password',
  });
}

/** With this many or fewer left, the owner is asked to make new ones. */
const FEW_CODES = 3;

function sayHowManyAreLeft(codesLeft: number): string {
  const left = codesLeft === 0 ? 'None is' : codesLeft === 1 ? 'One is' : `${codesLeft} are`;
  return `${left} left.${codesLeft <= FEW_CODES ? ' Make new ones in the settings of your account.' : ''}`;
}
