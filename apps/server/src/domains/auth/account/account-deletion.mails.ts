import type { Mail } from '../../../mail/mail.ts';

/** To the owner of an account that is gone. */
export function accountDeletedMail({
  to,
  requestOrigin,
}: {
  to: string;
  requestOrigin: string;
}): Mail {
  return {
    to,
    subject: 'Your account was deleted',
    text: `Hello,

your account was deleted, and with it your vault and everything else that was kept for you:

${requestOrigin}

Whoever did it was signed in and had proved who they are a few minutes before. If it wasn't you, tell
the people who run this service at once. You can sign up anew with this address.
`,
  };
}
