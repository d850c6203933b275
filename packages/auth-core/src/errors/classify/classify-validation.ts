import { isArray, readElements, readProperty, readString } from '../safe-read.ts';
import type { Classification } from './classification.ts';

/** Deeper than any input of ours, and a bound on what a hostile one can make us write. */
const maxPathSegments = 20;

/** Recognises a `ZodError` (of zod 3, zod 4 and zod's core), with the path of its first issue. */
export function classifyValidation(error: unknown): Classification | undefined {
  const name = readString(error, 'name');
  if (name !== 'ZodError' && name !== '$ZodError') return undefined;
  if (!isArray(readProperty(error, 'issues'))) return undefined;
  return { code: 'VALIDATION', path: findIssuePath(error) };
}

/**
 * The path of the first issue, joined with dots (`items.0.email`); undefined where there is none
 * or it is the whole input. Takes Zod's issues and those of Standard Schema.
 */
export function findIssuePath(error: unknown): string | undefined {
  const [first] = readElements(readProperty(error, 'issues'), 1);
  const segments = readElements(readProperty(first, 'path'), maxPathSegments)
    .map((segment) => segmentName(segment) ?? segmentName(readProperty(segment, 'key')))
    .filter((segment) => segment !== undefined);
  return segments.length === 0 ? undefined : segments.join('.');
}

function segmentName(segment: unknown): string | undefined {
  if (typeof segment === 'string') return segment;
  return typeof segment === 'number' || typeof segment === 'symbol' ? String(segment) : undefined;
}
