import type { Mail } from '../../mail/mail.ts';

interface PasskeyMail {
  readonly to: string;
  readonly baseUrl: string;
  readonly occasion: string;
}

export function passkeyAddedMail(about: PasskeyMail & { readonly name: string }): Mail {
  return writeMail(about, {
    subject: 'A passkey was added to your account',
    news: `from now on, the passkey "${about.name}" signs in to your account.`,
  });
}

export function passkeyRemovedMail(about: PasskeyMail & { readonly name: string }): Mail {
  return writeMail(about, {
    subject: 'A passkey was removed from your account',
    news: `the passkey "${about.name}" doesn't sign in to your account any more.`,
  });
}

/** After a signature whose counter isn't above the last one. */
export function copiedPasskeyMail(about: PasskeyMail): Mail {
  return writeMail(about, {
    subject: 'One of your passkeys may have been copied',
    news: `a sign-in with one of your passkeys was refused: the key has been used elsewhere since, or was put
back to an older state. If you don't know why, remove that passkey and add it anew.`,
  });
}

function writeMail(
  { to, baseUrl, occasion }: PasskeyMail,
  { subject, news }: { subject: string; news: string },
): Mail {
  return {
    to,
    subject,
    text: `Hello,

${news}

${occasion}

If it wasn't you, look at your passkeys and the places where you are signed in:

${baseUrl}/security
`,
  };
}
