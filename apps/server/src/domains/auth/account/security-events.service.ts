import { formatTimeCursor } from '../../../pagination.ts';
import type { OwnSecurityEvent } from '../../../security-events/security-events.repository.ts';
import { listSecurityEvents } from '../../../security-events/security-events.repository.ts';
import type { TimePosition } from '../../../time-position.ts';
import type { SignedInContext } from '../../../trpc/context.ts';

export interface SecurityEventsPage {
  readonly events: readonly OwnSecurityEvent[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** What happened to the caller's account, newest first. Events that come meanwhile move no page. */
export async function readSecurityEvents(
  call: SignedInContext,
  { cursor, limit }: { cursor?: TimePosition | undefined; limit: number },
): Promise<SecurityEventsPage> {
  // One more than asked for tells whether there is another page.
  const rows = await listSecurityEvents(call.deps.db, call.session.user.id, {
    before: cursor ?? null,
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    events: page.map(({ position, ...event }) => event),
    nextCursor: last && rows.length > limit ? formatTimeCursor(last.position) : null,
  };
}
