/**
 * Makes an absolute URL of a redirect target that a caller named. Answers undefined unless the browser would
 * end up on one of the trusted origins: the target must be a path under `base` or a full HTTP(S) address,
 * without user information and without characters that browsers read differently from URL parsers.
 */
export function parseRedirectTarget(
  target: string,
  base: string,
  trustedOrigins: readonly string[],
): string | undefined {
  // Control characters and spaces are dropped by browsers, a backslash is read as a slash (WHATWG URL).
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to refuse
  if (/[\u0000-\u0020\\\u007f]/.test(target)) return undefined;
  if (!target.startsWith('/') && !/^https?:\/\//i.test(target)) return undefined;
  if (!URL.canParse(target, base)) return undefined;
  const url = new URL(target, base);
  if (url.username || url.password || !trustedOrigins.includes(url.origin)) return undefined;
  return url.href;
}
