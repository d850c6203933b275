/** The parts of a mouse event that decide whether the browser or the router follows a link. */
export type LinkClick = Pick<
  MouseEvent,
  'button' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'defaultPrevented'
>;

/** Where a link leads, and how. */
export interface LinkTarget {
  readonly href: string;
  readonly target: string;
  readonly isDownload: boolean;
}

/**
 * The address that the router should go to for a click on a link, or undefined if the browser should
 * follow it: a new tab, a download, another site, an address that isn't a page of ours.
 */
export function findRoutedAddress(
  click: LinkClick,
  link: LinkTarget,
  { origin, isOurs }: { origin: string; isOurs: (path: string) => boolean },
): string | undefined {
  if (click.defaultPrevented || click.button !== 0) return undefined;
  if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return undefined;
  if (link.isDownload || (link.target !== '' && link.target !== '_self')) return undefined;
  if (!URL.canParse(link.href)) return undefined;
  const url = new URL(link.href);
  if (url.origin !== origin || !isOurs(url.pathname)) return undefined;
  return `${url.pathname}${url.search}`;
}
