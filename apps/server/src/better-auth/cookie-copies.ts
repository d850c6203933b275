import { parseSetCookieHeader } from 'better-auth/cookies';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config/config.ts';
import type { ClientRequest } from './client-request.ts';
import { parseCopies } from './cookies.ts';

/** What a cookie's path may be if the browser sends it to a procedure (RFC 6265 section 5.1.4). */
const PATHS = ['/', '/trpc', '/trpc/'];

/**
 * `Set-Cookie` headers that clear whatever other copy of a cookie the browser may have, before the response
 * sets or clears ours: of a parent domain, of this host alone, of a former path. None if the browser sent
 * no other value. A cookie that is bound to its host by name has no copies.
 */
export function clearCopies(
  setCookie: string,
  { cookie }: Pick<ClientRequest, 'cookie'>,
  { baseUrl, cookieDomain }: Pick<Config, 'baseUrl' | 'cookieDomain'>,
): string[] {
  const [[name, { value }] = ['', { value: '' }]] = parseSetCookieHeader(setCookie);
  if (name.startsWith('__Host-')) return [];
  if (parseCopies(cookie, name).every((sent) => sent === value)) return [];
  const secure = name.startsWith('__Secure-') ? '; Secure' : '';
  return [null, ...listDomains(new URL(baseUrl).hostname)].flatMap((domain) =>
    PATHS.filter((path) => path !== '/' || domain !== cookieDomain).map(
      (path) =>
        `${name}=; Max-Age=0; Path=${path}${domain ? `; Domain=${domain}` : ''}; HttpOnly; SameSite=Lax${secure}`,
    ),
  );
}

/** A host and its parents, down to two labels. An IP address and a bare name share no cookies. */
function listDomains(host: string): string[] {
  if (ipaddr.isValid(host.replace(/^\[|\]$/g, ''))) return [];
  const labels = host.split('.');
  return labels.slice(0, -1).map((_label, depth) => labels.slice(depth).join('.'));
}
