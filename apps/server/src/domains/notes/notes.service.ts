import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { VaultNote } from '@mana/db/schema/vault';
import type { Transaction } from 'kysely';
import { type PageInput, readPage } from '../../pagination.ts';
import { withLiveSession } from '../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { expectCurrentKey } from '../vault/vaults.service.ts';
import {
  countNotes,
  deleteNote,
  findNote,
  insertNote,
  listNotes,
  updateNote,
} from './notes.repository.ts';
import type { CreateNoteInput, UpdateNoteInput } from './notes.schema.ts';

/** Per user: the page loads all of them. */
const MAX_NOTES = 1_000;

/** A note as its user gets it: still encrypted. */
export interface PublicNote {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** Named by the next change, which was decided on it. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Some of a user's notes. */
export interface NotesPage {
  readonly notes: readonly PublicNote[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** The caller's notes, most recently changed first. A note that changes meanwhile moves to the front; no other is skipped. */
export async function readNotes(
  { deps, session }: SignedInContext,
  input: PageInput,
): Promise<NotesPage> {
  const { rows, nextCursor } = await readPage(input, (range) =>
    listNotes(deps.db, session.user.id, range),
  );
  return { notes: rows.map(toPublicNote), nextCursor };
}

/**
 * Creates a note. Sent again after a lost answer, it returns the note as it is. Throws VAULT_CONFLICT if the
 * id belongs to a note with other texts, and VALIDATION if the user has too many notes.
 */
export async function createNote(
  call: SignedInContext,
  input: CreateNoteInput,
): Promise<{ note: PublicNote }> {
  return asOwner(call, async (trx, userId) => {
    const { id } = input;
    const existing = await findNote(trx, { userId, id });
    if (existing && hasTexts(existing, input)) return { note: toPublicNote(existing) };
    if (existing) throw toConflict();
    await expectCurrentKey(trx, userId, generationsOf(input));
    if ((await countNotes(trx, userId)) >= MAX_NOTES) {
      throw new AuthError('VALIDATION', { message: TOO_MANY });
    }
    const now = call.deps.now();
    const times = { created_at: now, updated_at: now };
    const note = { user_id: userId, id, ...textsOf(input), ...times };
    return { note: toPublicNote(await insertNote(trx, note)) };
  });
}

/**
 * Changes a note. Sent again after a lost answer, it returns the note as it is. Throws NOT_FOUND, and
 * VAULT_CONFLICT if the note has changed since the caller saw it.
 */
export async function changeNote(
  call: SignedInContext,
  input: UpdateNoteInput,
): Promise<{ note: PublicNote }> {
  return asOwner(call, async (trx, userId) => {
    const key = { userId, id: input.id };
    const existing = await findNote(trx, key);
    if (!existing) throw new AuthError('NOT_FOUND');
    if (hasTexts(existing, input)) return { note: toPublicNote(existing) };
    await expectCurrentKey(trx, userId, generationsOf(input));
    const updatedAt = input.isSameText ? existing.updated_at : call.deps.now();
    const change = { ...textsOf(input), updated_at: updatedAt };
    const changed = await updateNote(trx, { ...key, revision: input.revision }, change);
    if (!changed) throw toConflict();
    return { note: toPublicNote(changed) };
  });
}

/** Removes a note. Succeeds also if there is none. */
export async function removeNote(call: SignedInContext, id: string): Promise<{ removed: true }> {
  return asOwner(call, async (trx, userId) => {
    await deleteNote(trx, { userId, id });
    return { removed: true };
  });
}

/** A user's changes, including those to their vault, run one after another. Throws TOKEN_EXPIRED. */
function asOwner<T>(
  call: SignedInContext,
  work: (trx: Transaction<Database>, userId: string) => Promise<T>,
): Promise<T> {
  return withLiveSession(call, async (trx, { id }) => {
    await enterUserContext(trx, id);
    return work(trx, id);
  });
}

function toPublicNote(note: Omit<VaultNote, 'user_id'>): PublicNote {
  const { id, title, body, revision } = note;
  return { id, title, body, revision, createdAt: note.created_at, updatedAt: note.updated_at };
}

function textsOf({ title, body }: CreateNoteInput) {
  return { title: title.value, body: body.value };
}

function generationsOf({ title, body }: CreateNoteInput): number[] {
  return [title.generation, body.generation];
}

function hasTexts(note: { title: string; body: string }, { title, body }: CreateNoteInput) {
  return note.title === title.value && note.body === body.value;
}

function toConflict(): AuthError {
  const message =
    'This note was changed somewhere else in the meantime. Load it again, then repeat your change.';
  return new AuthError('VAULT_CONFLICT', { message });
}

const TOO_MANY = 'You have 1,000 notes, which is the most you can have. Delete one first.';
