import { formatTimeCursor } from '../../pagination.ts';
import type { TimePosition } from '../../time-position.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { listNotes } from './notes.repository.ts';
import { type PublicNote, toPublicNote } from './public-note.ts';

export interface NotesPage {
  readonly notes: readonly PublicNote[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** The caller's notes, newest change first. One that is changed meanwhile moves to the front, past no other. */
export async function readNotes(
  call: SignedInContext,
  { cursor, limit }: { cursor?: TimePosition | undefined; limit: number },
): Promise<NotesPage> {
  // One more than asked for tells whether there is another page.
  const rows = await listNotes(call.deps.db, call.session.user.id, {
    before: cursor ?? null,
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    notes: page.map(toPublicNote),
    nextCursor: last && rows.length > limit ? formatTimeCursor(last) : null,
  };
}
