import { pageUrl } from '../../../config/account-pages.ts';
import type { Mail } from '../../../mail/mail.ts';

/** For an owner whose vault is in zero-knowledge mode, before and after a reset. */
const VAULT_STAYS_LOCKED = `
A new password doesn't open your vault, and neither can we. It stays locked until you type its recovery
code, or use a passkey that you set up to unlock it. Have one of them at hand.
`;

/** To who forgot the password. Says what a reset doesn't give back. */
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
  requestOrigin,
  leavesVaultLocked = false,
}: {
  to: string;
  baseUrl: string;
  requestOrigin: string;
  leavesVaultLocked?: boolean;
}): Mail {
  return {
    to,
    subject: 'Your password was changed',
    text: `Hello,

the password of your account was changed:

${requestOrigin}
${leavesVaultLocked ? VAULT_STAYS_LOCKED : ''}
If it wasn't you, set a new password now. It signs out every device:

${pageUrl(baseUrl, 'forgotPassword')}
`,
  };
}
