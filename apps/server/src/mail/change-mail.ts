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
  /** What was done, as a sentence that goes on after the greeting. */
  readonly news: string;
  readonly advice: keyof typeof ADVICE;
}

/** What an owner does who knows nothing of it, and where. */
const ADVICE = {
  'new-password': {
    words: 'set a new password now. It signs out every device:',
    page: 'forgotPassword',
  },
  'look-around': {
    words: 'change your password, and look at your passkeys and where you are signed in:',
    page: 'security',
  },
} as const;

/** Tells an owner what was done to their account, when and from where, and what to do if it wasn't them. */
export function writeChangeMail(
  { to, baseUrl, requestOrigin }: ChangeMail,
  { subject, news, advice }: Change,
): Mail {
  const { words, page } = ADVICE[advice];
  return {
    to,
    subject,
    text: `Hello,

${news}

${requestOrigin}

If it wasn't you, ${words}

${pageUrl(baseUrl, page)}
`,
  };
}
