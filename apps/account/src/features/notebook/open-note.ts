import type { AuthClient, AuthResult, EncryptedNote } from '@mana/shared-auth';
import { generationOf } from '../../lib/notes/generation-of.ts';

export interface NoteTexts {
  readonly title: string;
  readonly body: string;
}

interface Kept {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt: Date;
}

/** A note that this tab can read. */
export type ReadableNote = Kept & NoteTexts & { readonly isReadable: true };

/** One that it can't: damaged, or under another key than this tab has. */
export type UnreadableNote = Kept & {
  readonly isReadable: false;
  readonly isUnderPreviousKey: boolean;
};

export type OpenedNote = ReadableNote | UnreadableNote;

/** Decrypts a note. One that doesn't open is a success that says so; a failure is a vault that is locked. */
export async function openNote(
  { vault }: Pick<AuthClient, 'vault'>,
  { id, revision, updatedAt, title, body }: EncryptedNote,
): Promise<AuthResult<OpenedNote>> {
  const kept = { id, revision, updatedAt };
  const opened = await vault.decryptFields({ recordId: id, fields: { title, body } });
  if (opened.success) return { success: true, data: { ...kept, ...opened.data, isReadable: true } };
  if (opened.code !== 'VAULT_UNREADABLE') return opened;
  const state = vault.state.get();
  const current = state.status === 'unlocked' ? state.generation : 0;
  const isUnderPreviousKey = [title, body].some(
    (value) => (generationOf(value) ?? current) < current,
  );
  return { success: true, data: { ...kept, isReadable: false, isUnderPreviousKey } };
}

/** Opens each, in the same order. */
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
