import { type PageInput, readPage } from '../../../pagination.ts';
import { formatEventCursor } from '../../../security-events/event-cursor.ts';
import type {
  EventPosition,
  OwnSecurityEvent,
} from '../../../security-events/security-events.repository.ts';
import { listSecurityEvents } from '../../../security-events/security-events.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';

/** One page of a user's security events. */
export interface SecurityEventsPage {
  readonly events: readonly OwnSecurityEvent[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/**
 * What happened to the caller's account: what was done to it, then the calls that failed, counted by kind and
 * day, each newest first. Events that arrive meanwhile don't shift the pages.
 */
export async function readSecurityEvents(
  { deps, session }: SignedInContext,
  input: PageInput<EventPosition>,
): Promise<SecurityEventsPage> {
  const { rows: events, nextCursor } = await readPage(
    input,
    (range) => listSecurityEvents(deps.db, session.user.id, range),
    formatEventCursor,
  );
  return { events, nextCursor };
}
