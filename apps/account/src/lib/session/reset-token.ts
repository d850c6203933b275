/** Secret. From the link in a mail; in memory of this tab only. */
let token: string | null = null;

/**
 * Takes the token of a reset link out of the address bar, and so out of the history, screenshots and
 * what a browser sends along. Returns the newest one that this tab was opened with, or null.
 */
export function takeResetToken(): string | null {
  const url = new URL(location.href);
  const inAddress = url.searchParams.get('token');
  if (inAddress === null) return token;
  token = inAddress;
  url.searchParams.delete('token');
  history.replaceState(history.state, '', `${url.pathname}${url.search}`);
  return token;
}

/** Keeps a token that came in another way than by a link. */
export function keepResetToken(value: string): void {
  token = value;
}

/** Call once the link is used up. */
export function forgetResetToken(): void {
  token = null;
}
