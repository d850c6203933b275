/** The state of a link that sets a new password; `missing` if the page was opened without one. */
export type ResetLink = 'good' | 'missing' | 'expired' | 'used';

/** The heading of the page for such a link, and the sentence below it. */
export interface ResetLinkText {
  readonly heading: string;
  readonly lead: string;
}

/** What a new password can't give back. Shown to everybody alike, before anything is sent. */
export const VAULT_AND_RESET =
  'A new password gets you back into your account. A vault in zero-knowledge mode stays locked until you enter its recovery code, so keep that at hand.';

const TEXTS: Readonly<Record<ResetLink, ResetLinkText>> = {
  good: {
    heading: 'Set a new password',
    lead: 'Three or four words in a row make a good one.',
  },
  missing: {
    heading: 'Reset your password',
    lead: "Open the link in the email we sent you. If you have reloaded this page, open the link again. No email? We'll send a new one.",
  },
  expired: {
    heading: 'That link has expired',
    lead: 'Links only work for a short time. You can get a new one here.',
  },
  used: {
    heading: 'That link no longer works',
    lead: 'Each link works once. If you have already set your new password, just sign in.',
  },
};

/** Says what can be done with a link that sets a new password. */
export function describeResetLink(link: ResetLink): ResetLinkText {
  return TEXTS[link];
}
