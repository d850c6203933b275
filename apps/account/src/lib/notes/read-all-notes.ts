import type { AuthClient, AuthResult, EncryptedNote } from '@mana/shared-auth';

/** As many as the server returns at once. */
const PAGE_SIZE = 50;

/** Every note of the user, still encrypted, newest change first: all of them, or the failure. */
export async function readAllNotes({
  notes,
}: Pick<AuthClient, 'notes'>): Promise<AuthResult<readonly EncryptedNote[]>> {
  // A note that is changed in the meantime moves to the front; what was read of it before is older.
  const read = new Map<string, EncryptedNote>();
  let cursor: string | undefined;
  do {
    const page = await notes.list({ limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) });
    if (!page.success) return page;
    for (const note of page.data.notes) read.set(note.id, note);
    cursor = page.data.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { success: true, data: [...read.values()] };
}
