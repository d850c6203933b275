import { pageUrl } from '../config/account-pages.ts';
import type { Mail } from './mail.ts';

/** What every mail about a change says to the owner of an account. */
export interface ChangeMail {
  readonly to: string;
  readonly baseUrl: string;
  /** When and from where, as lines. */
  readonly requestOrigin: string;
}

interface Change {
  readonly subject: string;
  /** What was done, as a sentence that continues after the greeting. */
  readonly news: string;
  /** More about it, after when and from where; begins and ends with a line break. */
  readonly details?: string;
  readonly advice: keyof typeof ADVICE;
}

/** What an owner should do who doesn't recognise the change, and where. */
const ADVICE = {
  'new-password': {
    text: 'set a new password now. It signs out every device:',
    page: 'forgotPassword',
  },
  'look-around': {
    text: 'change your password, and check your passkeys and where you are signed in:',
    page: 'security',
  },
} as const;

/** Tells an owner what was done to their account, when and from where, and what to do if it wasn't them. */
export function writeChangeMail(
  { to, baseUrl, requestOrigin }: ChangeMail,
  { subject, news, details = '', advice }: Change,
): Mail {
  const { text, page } = ADVICE[advice];
  return {
    to,
    subject,
    text: `Hello,

${news}

${requestOrigin}
${details}
If it wasn't you, ${text}

${pageUrl(baseUrl, page)}
`,
  };
}
