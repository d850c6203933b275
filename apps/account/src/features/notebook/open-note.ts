import type { AuthClient, AuthResult, EncryptedNote } from '@mana/shared-auth';
import { generationOf } from '../../lib/notes/generation-of.ts';

/** What a note says, in plain text or encrypted. */
export interface NoteTexts {
  readonly title: string;
  readonly body: string;
}

interface StoredNote {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt: Date;
}

/** A note that this tab can read. */
export type ReadableNote = StoredNote & NoteTexts & { readonly isReadable: true };

/** One that it can't: damaged, or under a key that this tab doesn't have. */
export type UnreadableNote = StoredNote & {
  readonly isReadable: false;
  readonly isUnderPreviousKey: boolean;
};

/** A note after an attempt to open it. */
export type OpenedNote = ReadableNote | UnreadableNote;

/** Decrypts a note. A note that can't be opened is a success that says so; a failure means the vault is locked. */
export async function openNote(
  { vault }: Pick<AuthClient, 'vault'>,
  { id, revision, updatedAt, title, body }: EncryptedNote,
): Promise<AuthResult<OpenedNote>> {
  const stored = { id, revision, updatedAt };
  const opened = await vault.decryptFields({ recordId: id, fields: { title, body } });
  if (opened.success)
    return { success: true, data: { ...stored, ...opened.data, isReadable: true } };
  if (opened.code !== 'VAULT_UNREADABLE') return opened;
  const state = vault.state.get();
  const current = state.status === 'unlocked' ? state.generation : 0;
  const isUnderPreviousKey = [title, body].some(
    (value) => (generationOf(value) ?? current) < current,
  );
  return { success: true, data: { ...stored, isReadable: false, isUnderPreviousKey } };
}

/** Opens all of them, in the same order. */
export async function openNotes(
  client: Pick<AuthClient, 'vault'>,
  notes: readonly EncryptedNote[],
): Promise<AuthResult<readonly OpenedNote[]>> {
  const opened: OpenedNote[] = [];
  for (const result of await Promise.all(notes.map((note) => openNote(client, note)))) {
    if (!result.success) return result;
    opened.push(result.data);
  }
  return { success: true, data: opened };
}
