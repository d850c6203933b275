import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Config } from '../../../config/config.ts';

type Pages = Pick<Config, 'baseUrl' | 'callbackPages'>;

/**
 * The address of the page that a caller named, absolute or as a path under `baseUrl`; undefined unless it is
 * exactly one of those that mailed links may lead to. Any page of an app would do for a thief who can read its
 * address there.
 */
export function findCallbackPage(
  { baseUrl, callbackPages }: Pages,
  callbackURL: string,
): string | undefined {
  if (!URL.canParse(callbackURL, baseUrl)) return undefined;
  const { href } = new URL(callbackURL, baseUrl);
  return callbackPages.includes(href) ? href : undefined;
}

/** Like `findCallbackPage`, undefined only if no page was named. Throws VALIDATION for any other page. */
export function getCallbackPage(pages: Pages, callbackURL: string | undefined): string | undefined {
  if (!callbackURL) return undefined;
  const page = findCallbackPage(pages, callbackURL);
  if (page === undefined)
    throw new AuthError('VALIDATION', { message: UNKNOWN, path: 'callbackURL' });
  return page;
}

const UNKNOWN = 'callbackURL must be an account page, or exactly one of CALLBACK_URLS.';
