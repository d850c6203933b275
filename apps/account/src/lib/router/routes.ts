import type { SessionState } from '@mana/shared-auth';

/**
 * Who a page is for. Everybody else is sent where they belong. A `newcomer` isn't signed in, as far as
 * is known: such a page doesn't wait for the session.
 */
type Audience = 'anyone' | 'newcomer' | 'signed-in' | 'signed-out';

/** Every page, by its path. */
const audiences = {
  '/sign-up': 'signed-out',
  '/check-mail': 'newcomer',
  '/verify-email': 'anyone',
  '/undo-email-change': 'anyone',
  '/sign-in': 'signed-out',
  '/forgot-password': 'anyone',
  '/reset-password': 'anyone',
  '/unlock': 'anyone',
  '/profile': 'signed-in',
  '/security': 'signed-in',
  '/notebook': 'signed-in',
  '/vault': 'signed-in',
} as const satisfies Record<string, Audience>;

/** The path of a page. */
export type PagePath = keyof typeof audiences;

/** Where a change of address is confirmed, by somebody who is signed in to that account. */
const CONFIRMATION: PagePath = '/verify-email';

/** Where a signed-in user goes who asked for nothing in particular. */
const HOME: PagePath = '/profile';

/** Whether a path leads to one of these pages; links to any other are left to the browser. */
export function isOurs(path: string): boolean {
  return path === '/' || isPagePath(path);
}

function isPagePath(path: string): path is PagePath {
  return Object.hasOwn(audiences, path);
}

/** What to do about an address: show its page, go to another, or wait until the session is known. */
export type View =
  | { readonly show: PagePath | 'not-found' }
  | { readonly redirect: string }
  | { readonly wait: true };

/**
 * Decides what an address shows to whom. Pure. A page behind the sign-in is returned to afterwards, through
 * `?next=`, which only ever leads to a page of ours.
 */
export function decideView(path: string, search: string, session: SessionState): View {
  const { status } = session;
  if (path === '/') return status === 'unknown' ? { wait: true } : { redirect: homeOf(status) };
  if (!isPagePath(path)) return { show: 'not-found' };
  const audience = audiences[path];
  if (audience === 'anyone') return { show: path };
  if (audience === 'newcomer') return status === 'signed-in' ? { redirect: HOME } : { show: path };
  if (status === 'unknown') return { wait: true };
  if (audience === status) return { show: path };
  if (status === 'signed-in') return { redirect: readNext(search) };
  return { redirect: `/sign-in?next=${encodeURIComponent(path + search)}` };
}

/** A query string with some of its parameters replaced, and those that are null left out. */
export function changeSearch(search: string, changes: Record<string, string | null>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return params.size > 0 ? `?${params}` : '';
}

function homeOf(status: 'signed-in' | 'signed-out'): PagePath {
  return status === 'signed-in' ? HOME : '/sign-in';
}

/** The address that `?next=` names, if it is a page that may require a sign-in, else home. */
function readNext(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? HOME;
  const [path = ''] = next.split('?');
  const mayRequireSignIn =
    path === CONFIRMATION || (isPagePath(path) && audiences[path] === 'signed-in');
  return mayRequireSignIn ? next : HOME;
}
