/**
 * Where each of the account pages is. The server answers these paths with the one page that shows them
 * all, and its mails link to them; apps/account/src/lib/router/routes.ts says what each one shows to whom.
 */
export const accountPages = {
  home: '/',
  signUp: '/sign-up',
  checkMail: '/check-mail',
  verifyEmail: '/verify-email',
  undoEmailChange: '/undo-email-change',
  signIn: '/sign-in',
  forgotPassword: '/forgot-password',
  resetPassword: '/reset-password',
  unlock: '/unlock',
  profile: '/profile',
  security: '/security',
  vault: '/vault',
  notebook: '/notebook',
} as const;

/** The address of an account page on the server at `baseUrl`. */
export function pageUrl(baseUrl: string, page: keyof typeof accountPages): string {
  return `${baseUrl}${accountPages[page]}`;
}
