import { pageUrl } from '../../../config/account-pages.ts';
import type { Config } from '../../../config/config.ts';

interface LinkContent {
  /** Secret. */
  readonly token: string;
  /** A page that `getCallbackPage` has allowed. */
  readonly callbackURL?: string | undefined;
}

/**
 * The link that proves a mailbox, for a new account or a new address. It leads to a page of ours, where a press
 * redeems the token (see `mailLinkRoutes`).
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

/** The link to the page that undoes a change of address. */
export function createUndoLink({ baseUrl }: Config, token: string): string {
  const link = new URL(pageUrl(baseUrl, 'undoEmailChange'));
  link.searchParams.set('token', token);
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
