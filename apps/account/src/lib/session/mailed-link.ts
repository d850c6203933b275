/** A link from a mail. Secret. */
interface OpenedLink {
  readonly token: string;
  readonly callbackURL: string | undefined;
}

/** In memory of this tab only, so that it is still there after a sign-in. */
let opened: OpenedLink | null = null;

/**
 * Takes the token of a mailed link out of the address bar, and so out of the history, screenshots and what a
 * browser sends along. Returns the newest link that this tab was opened with, or null.
 */
export function takeMailedLink(): OpenedLink | null {
  const url = new URL(location.href);
  const token = url.searchParams.get('token');
  if (token === null) return opened;
  opened = { token, callbackURL: url.searchParams.get('callbackURL') ?? undefined };
  for (const name of ['token', 'callbackURL']) url.searchParams.delete(name);
  history.replaceState(history.state, '', `${url.pathname}${url.search}`);
  return opened;
}

/** Call once the link is used up. */
export function forgetMailedLink(): void {
  opened = null;
}
