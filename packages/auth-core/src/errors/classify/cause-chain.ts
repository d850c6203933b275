import { readElements, readProperty } from '../safe-read.ts';

/** More than any honest chain has, and few enough that a hostile one costs nothing. */
const maxLinks = 100;

/**
 * The error itself, then what its `cause` and `errors` (AggregateError) lead to, nearest first.
 *
 * At most 100 links and each object once, so that a cyclic chain or a million errors in one come to
 * an end. Never throws.
 */
export function collectCauseChain(error: unknown): unknown[] {
  const links: unknown[] = [error];
  const seen = new Set<unknown>(links);
  for (let index = 0; index < links.length && links.length < maxLinks; index += 1) {
    const link = links[index];
    const next = [
      readProperty(link, 'cause'),
      ...readElements(readProperty(link, 'errors'), maxLinks),
    ];
    for (const candidate of next) {
      if (candidate === undefined || seen.has(candidate) || links.length >= maxLinks) continue;
      seen.add(candidate);
      links.push(candidate);
    }
  }
  return links;
}
