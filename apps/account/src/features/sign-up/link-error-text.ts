export interface LinkErrorText {
  readonly heading: string;
  readonly lead: string;
  readonly offersNewLink: boolean;
}

/** Says what became of a link from a mail, by the code that the server put into the address. */
export function describeLinkError(code: string | null): LinkErrorText {
  switch (code) {
    case 'TOKEN_EXPIRED':
      return {
        heading: 'That link has expired',
        lead: 'Links work for a short time only. A new one is quickly made.',
        offersNewLink: true,
      };
    case 'RATE_LIMITED':
      return {
        heading: 'Too many links at once',
        lead: 'Your link still works. Wait a minute, then open it again from the mail.',
        offersNewLink: false,
      };
    case 'EMAIL_ALREADY_REGISTERED':
      return {
        heading: 'That address is taken',
        lead: 'It belongs to an account by now. Yours keeps the address that it has.',
        offersNewLink: false,
      };
    case null:
      return {
        heading: 'Confirm your email address',
        lead: 'Open the link in the mail that we sent you. No mail? We send it again.',
        offersNewLink: true,
      };
    default:
      return {
        heading: "That link doesn't work any more",
        lead: 'It was used before, or a newer one took its place. If you confirmed already, just sign in.',
        offersNewLink: true,
      };
  }
}
