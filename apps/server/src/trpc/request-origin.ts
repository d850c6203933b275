import type { CallContext } from './context.ts';

/**
 * When and from where something was done, as lines for a mail to the owner. The browser's own name for
 * itself is left out: whoever calls could write anything there.
 */
export function describeRequestOrigin({ deps, request }: CallContext): string {
  return `time: ${deps.now().toISOString()}\naddress: ${request.address ?? 'unknown'}`;
}
