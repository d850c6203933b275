import type { Mail } from '../../../mail/mail.ts';

interface NewDevice {
  readonly to: string;
  readonly baseUrl: string;
  readonly at: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** To the owner, when somebody signed in with a browser that the account didn't know. */
export function newDeviceMail({ to, baseUrl, at, address, userAgent }: NewDevice): Mail {
  return {
    to,
    subject: 'A new device signed in to your account',
    text: `Hello,

somebody, most likely you, signed in to your account with a device that it didn't know:

time: ${at.toISOString()}
address: ${address ?? 'unknown'}
browser: ${userAgent ?? 'unknown'}

If it wasn't you, set a new password now. It signs out every device:

${baseUrl}/forgot-password
`,
  };
}
