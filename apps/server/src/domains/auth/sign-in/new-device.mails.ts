import { pageUrl } from '../../../config/account-pages.ts';
import type { Mail } from '../../../mail/mail.ts';

interface NewDevice {
  readonly to: string;
  readonly baseUrl: string;
  readonly requestOrigin: string;
}

/** To the owner, when somebody signed in with a browser that the account didn't know. */
export function newDeviceMail({ to, baseUrl, requestOrigin }: NewDevice): Mail {
  return {
    to,
    subject: 'A new device signed in to your account',
    text: `Hello,

somebody, most likely you, signed in to your account with a device that it didn't know:

${requestOrigin}

If it wasn't you, set a new password now. It signs out every device:

${pageUrl(baseUrl, 'forgotPassword')}
`,
  };
}
