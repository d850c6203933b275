import { pageUrl } from '../../../config/account-pages.ts';
import type { Config } from '../../../config/config.ts';
import { parseRedirectTarget } from './redirect-target.ts';

interface LinkContent {
  /** Secret. */
  readonly token: string;
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

/** The link to the page that sets a password: ours, or `callbackURL` if that is on a trusted origin. */
export function createPasswordLink(
  { baseUrl, trustedOrigins }: Config,
  { token, callbackURL }: LinkContent,
): string {
  const target = callbackURL && parseRedirectTarget(callbackURL, baseUrl, trustedOrigins);
  const link = new URL(target || pageUrl(baseUrl, 'resetPassword'));
  link.searchParams.set('token', token);
  return link.href;
}
