import { pageUrl } from '../../../config/account-pages.ts';
import type { Config } from '../../../config/config.ts';

interface LinkContent {
  /** Secret. */
  readonly token: string;
  /** A page that `getCallbackPage` has allowed. */
  readonly callbackURL?: string | undefined;
}

/**
 * The link that proves a mailbox, for a new account or a new address. It leads to the server, which redeems
 * the token and redirects the browser (see `mailLinkRoutes`).
 */
export function createMailboxLink(
  { baseUrl }: Config,
  { token, callbackURL }: LinkContent,
): string {
  const link = new URL('/api/auth/verify-email', baseUrl);
  link.searchParams.set('token', token);
  if (callbackURL) link.searchParams.set('callbackURL', callbackURL);
  return link.href;
}

/** The link to the page that sets a password: `callbackURL`, or ours. */
export function createPasswordLink(
  { baseUrl }: Config,
  { token, callbackURL }: LinkContent,
): string {
  const link = new URL(callbackURL ?? pageUrl(baseUrl, 'resetPassword'));
  link.searchParams.set('token', token);
  return link.href;
}
