/** The page for a link that doesn't work. */
export interface LinkText {
  readonly heading: string;
  readonly lead: string;
  readonly offersNewLink: boolean;
}

/** Why there is nothing to press: no link was opened, or the code that it failed with. */
export type LinkProblem =
  | 'missing'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'EMAIL_ALREADY_REGISTERED';

const CONFIRMATION: Readonly<Record<LinkProblem, LinkText>> = {
  missing: {
    heading: 'Confirm your email address',
    lead: "Open the link in the email we sent you. If you have reloaded this page, open the link again. No email? We'll send a new one.",
    offersNewLink: true,
  },
  TOKEN_EXPIRED: {
    heading: 'That link has expired',
    lead: 'Links only work for a short time. You can get a new one here.',
    offersNewLink: true,
  },
  TOKEN_INVALID: {
    heading: 'That link no longer works',
    lead: 'It was already used, or replaced by a newer one. If you have confirmed your address, just sign in.',
    offersNewLink: true,
  },
  EMAIL_ALREADY_REGISTERED: {
    heading: 'That address is taken',
    lead: 'It belongs to another account now. Yours keeps its current address.',
    offersNewLink: false,
  },
};

const UNDO: Readonly<Record<LinkProblem, LinkText>> = {
  missing: {
    heading: 'Undo a change of address',
    lead: 'Open the link in the email that told you about the change. If you have reloaded this page, open the link again.',
    offersNewLink: false,
  },
  TOKEN_EXPIRED: {
    heading: 'That link has expired',
    lead: 'A change of address can be undone for seven days. After that, only the people who run this service can help.',
    offersNewLink: false,
  },
  TOKEN_INVALID: {
    heading: 'That link no longer works',
    lead: 'Each link works once. If you have already undone the change, just sign in.',
    offersNewLink: false,
  },
  EMAIL_ALREADY_REGISTERED: {
    heading: 'That address is taken',
    lead: 'Somebody has confirmed it for another account since. Your link still works once that account is gone.',
    offersNewLink: false,
  },
};

/** Says what is wrong with a link from an email, and what can be done. */
export function describeLinkProblem(problem: LinkProblem, page: 'confirm' | 'undo'): LinkText {
  return (page === 'undo' ? UNDO : CONFIRMATION)[problem];
}

/** The problem that a failure says, if it is one with the link itself. */
export function findLinkProblem(code: string): LinkProblem | undefined {
  return code !== 'missing' && Object.hasOwn(UNDO, code) ? (code as LinkProblem) : undefined;
}
