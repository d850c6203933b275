/** What became of a link that sets a new password; `missing` where the page was opened without one. */
export type ResetLink = 'good' | 'missing' | 'expired' | 'used';

export interface ResetLinkText {
  readonly heading: string;
  readonly lead: string;
}

/** For everybody alike, before anything is sent: what a new password can't give back. */
export const VAULT_AND_RESET =
  'A new password gives you your account again. A vault in zero-knowledge mode stays locked until its recovery code is typed, so keep that at hand.';

const TEXTS: Readonly<Record<ResetLink, ResetLinkText>> = {
  good: {
    heading: 'Set a new password',
    lead: 'Three or four words in a row make a good one.',
  },
  missing: {
    heading: 'Reset your password',
    lead: 'Open the link in the mail that we sent you; after a reload of this page, open it once more. No mail? We send a new one.',
  },
  expired: {
    heading: 'That link has expired',
    lead: 'Links work for a short time only. A new one is quickly made.',
  },
  used: {
    heading: "That link doesn't work any more",
    lead: 'Each link works once. If your new password is set already, just sign in.',
  },
};

export function describeResetLink(link: ResetLink): ResetLinkText {
  return TEXTS[link];
}
