import type { AuthClient, AuthFailure, AuthResult, EncryptedNote } from '@mana/shared-auth';
import { generationOf } from '../../lib/notes/generation-of.ts';
import { readAllNotes } from '../../lib/notes/read-all-notes.ts';
import { type NoteTexts, type OpenedNote, openNote, type ReadableNote } from './open-note.ts';

/** A text, and how it was encrypted. */
interface Sent {
  readonly texts: NoteTexts;
  readonly sealed: NoteTexts;
}

/** A note being written, and what is known of its saved version. */
export interface Draft {
  /** Whose it is: nobody else who signs in at this tab gets to see it. */
  readonly userId: string;
  id: string;
  /** The note as it was when writing began; null for a new one. */
  base: (NoteTexts & { readonly revision: number }) | null;
  title: string;
  body: string;
  /** What was sent so far. Any of it may have arrived, even without an answer. */
  sent: Sent[];
  /** The version that was saved elsewhere in the meantime. */
  other: OpenedNote | null;
  /** Whether the note was deleted elsewhere in the meantime. */
  wasRemoved: boolean;
}

/** What came of saving a draft. */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly note: ReadableNote }
  /** Nothing was overwritten: the other version is there to look at. */
  | { readonly kind: 'changed-elsewhere'; readonly other: OpenedNote }
  | { readonly kind: 'removed-elsewhere' };

/** How often another device may be faster before a save gives up. */
const MAX_ROUNDS = 3;

/**
 * Encrypts a draft and saves it. Recognises what an earlier call sent, so whatever got lost, the note exists
 * once, with its current text. Never overwrites unasked what was written elsewhere.
 *
 * Changes nothing in the draft but `sent`.
 */
export async function saveDraft(
  client: Pick<AuthClient, 'vault' | 'notes'>,
  draft: Draft,
): Promise<AuthResult<SaveOutcome>> {
  const texts = { title: draft.title, body: draft.body };
  const { id } = draft;
  let { base } = draft;
  for (let round = 1; ; round += 1) {
    const sealed = await seal(client, draft, texts);
    if (!sealed.success) return sealed;
    const saved = await send(client, { id, base }, { texts, sealed: sealed.data });
    if (saved.success || !CHANGED.includes(saved.code) || round === MAX_ROUNDS) return saved;

    const current = await findCurrent(client, { id, base }, saved);
    if (!current.success) return current;
    if (!current.data) return { success: true, data: { kind: 'removed-elsewhere' } };
    const { note, opened } = current.data;
    const isOwn = draft.sent.some((one) => isSame(one.sealed, note));
    // The earlier text under another key, or the same text, isn't a change.
    const known = draft.base ? [draft.base, texts] : [texts];
    if (!isOwn && !(opened.isReadable && known.some((one) => isSame(opened, one)))) {
      return { success: true, data: { kind: 'changed-elsewhere', other: opened } };
    }
    base = { revision: note.revision, ...texts };
  }
}

/** The same text is sent again just as it was, so that the server recognises it. */
async function seal(
  { vault }: Pick<AuthClient, 'vault'>,
  { id, sent }: Pick<Draft, 'id' | 'sent'>,
  texts: NoteTexts,
): Promise<AuthResult<NoteTexts>> {
  const state = vault.state.get();
  const generation = state.status === 'unlocked' ? state.generation : undefined;
  const earlier = sent.findLast(({ texts: one }) => isSame(one, texts))?.sealed;
  if (earlier && generation !== undefined && generationOf(earlier.body) === generation) {
    return { success: true, data: earlier };
  }
  const sealed = await vault.encryptFields({ recordId: id, fields: { ...texts } });
  if (sealed.success) sent.push({ texts, sealed: sealed.data });
  return sealed;
}

async function send(
  { notes }: Pick<AuthClient, 'notes'>,
  { id, base }: Pick<Draft, 'id' | 'base'>,
  { texts, sealed }: Sent,
): Promise<AuthResult<SaveOutcome>> {
  const saved = base
    ? await notes.update({ id, revision: base.revision, ...sealed })
    : await notes.create({ id, ...sealed });
  if (!saved.success) return saved;
  const { revision, updatedAt } = saved.data.note;
  const note = { id, revision, updatedAt, ...texts, isReadable: true } as const;
  return { success: true, data: { kind: 'saved', note } };
}

/** The note as it is now, if this tab still has the vault's current key. Null if it was deleted. */
async function findCurrent(
  client: Pick<AuthClient, 'vault' | 'notes'>,
  { id, base }: Pick<Draft, 'id' | 'base'>,
  failure: AuthFailure,
): Promise<AuthResult<{ note: EncryptedNote; opened: OpenedNote } | null>> {
  const status = await client.vault.status();
  if (!status.success) return status;
  if (client.vault.state.get().status !== 'unlocked') {
    return failure.code === 'VAULT_CONFLICT' ? NEW_KEY : failure;
  }
  const read = await readAllNotes(client);
  if (!read.success) return read;
  const note = read.data.find((one) => one.id === id);
  if (!note) return base ? { success: true, data: null } : failure;
  const opened = await openNote(client, note);
  return opened.success ? { success: true, data: { note, opened: opened.data } } : opened;
}

/** Codes that mean the note or the vault isn't what this tab takes it for. */
const CHANGED: readonly AuthFailure['code'][] = [
  'VAULT_CONFLICT',
  'VAULT_NOT_INITIALISED',
  'NOT_FOUND',
];

function isSame(one: NoteTexts, other: NoteTexts): boolean {
  return one.title === other.title && one.body === other.body;
}

const NEW_KEY: AuthFailure = {
  success: false,
  code: 'FORBIDDEN',
  error: 'Your vault has a new key. Unlock it, then save again.',
  retryable: false,
};
