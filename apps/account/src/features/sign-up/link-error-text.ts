/** The page for a link that didn't work. */
export interface LinkErrorText {
  readonly heading: string;
  readonly lead: string;
  readonly offersNewLink: boolean;
}

/** Says what is wrong with a link from an email, by the code that the server put into the address. */
export function describeLinkError(code: string | null): LinkErrorText {
  switch (code) {
    case 'TOKEN_EXPIRED':
      return {
        heading: 'That link has expired',
        lead: 'Links only work for a short time. You can get a new one here.',
        offersNewLink: true,
      };
    case 'RATE_LIMITED':
      return {
        heading: 'Too many links at once',
        lead: 'Your link still works. Wait a minute, then open it again from the email.',
        offersNewLink: false,
      };
    case 'EMAIL_ALREADY_REGISTERED':
      return {
        heading: 'That address is taken',
        lead: 'It belongs to another account now. Yours keeps its current address.',
        offersNewLink: false,
      };
    case null:
      return {
        heading: 'Confirm your email address',
        lead: "Open the link in the email we sent you. No email? We'll send it again.",
        offersNewLink: true,
      };
    default:
      return {
        heading: 'That link no longer works',
        lead: 'It was already used, or replaced by a newer one. If you have confirmed your address, just sign in.',
        offersNewLink: true,
      };
  }
}
