import type { AuthClient, AuthResult } from '@mana/shared-auth';
import { isUnder, reEncryptNotes } from '../../lib/notes/re-encrypt-notes.ts';
import { readAllNotes } from '../../lib/notes/read-all-notes.ts';
import { type OpenedNote, openNotes } from './open-note.ts';

/**
 * Every note of the user, opened, newest change first. What this tab can still read under an earlier key is
 * re-encrypted on the way; if that fails, it is shown all the same, and the next read tries again.
 */
export async function readNotebook(
  client: Pick<AuthClient, 'vault' | 'notes'>,
): Promise<AuthResult<readonly OpenedNote[]>> {
  const read = await readAllNotes(client);
  if (!read.success) return read;
  const opened = await openNotes(client, read.data);
  const state = client.vault.state.get();
  if (!opened.success || state.status !== 'unlocked') return opened;
  const isUnfinished = read.data.some(
    (note, index) => opened.data[index]?.isReadable && !isUnder(note, state.generation),
  );
  if (!isUnfinished && !state.holdsFormerKeys) return opened;
  const reEncrypted = await reEncryptNotes(client);
  if (!reEncrypted.success || reEncrypted.data.done === 0) return opened;
  const again = await readAllNotes(client);
  return again.success ? openNotes(client, again.data) : opened;
}
