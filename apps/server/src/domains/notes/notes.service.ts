import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
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
import { type PublicNote, toPublicNote } from './public-note.ts';

/** For one user. A page reads all of them. */
const MAX_NOTES = 1_000;

/** Some of a user's notes. */
export interface NotesPage {
  readonly notes: readonly PublicNote[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** The caller's notes, newest change first. One that is changed meanwhile moves to the front, past no other. */
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
 * Keeps a new note. The same one once more, after a lost answer, is the note as it stands: so an id that
 * is taken by other texts is VAULT_CONFLICT. VALIDATION for one too many.
 */
export async function createNote(
  call: SignedInContext,
  input: CreateNoteInput,
): Promise<{ note: PublicNote }> {
  return asOwner(call, async (trx, userId) => {
    const { id } = input;
    const former = await findNote(trx, { userId, id });
    if (former && hasTexts(former, input)) return { note: toPublicNote(former) };
    if (former) throw toConflict();
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
 * Changes a note. Once more, after a lost answer, is the note as it stands. NOT_FOUND, or VAULT_CONFLICT
 * where it was changed since the caller saw it.
 */
export async function changeNote(
  call: SignedInContext,
  input: UpdateNoteInput,
): Promise<{ note: PublicNote }> {
  return asOwner(call, async (trx, userId) => {
    const key = { userId, id: input.id };
    const former = await findNote(trx, key);
    if (!former) throw new AuthError('NOT_FOUND');
    if (hasTexts(former, input)) return { note: toPublicNote(former) };
    await expectCurrentKey(trx, userId, generationsOf(input));
    const updatedAt = input.isSameText ? former.updated_at : call.deps.now();
    const change = { ...textsOf(input), updated_at: updatedAt };
    const changed = await updateNote(trx, { ...key, revision: input.revision }, change);
    if (!changed) throw toConflict();
    return { note: toPublicNote(changed) };
  });
}

/** Removes a note; one that is gone already is a success. */
export async function removeNote(call: SignedInContext, id: string): Promise<{ removed: true }> {
  return asOwner(call, async (trx, userId) => {
    await deleteNote(trx, { userId, id });
    return { removed: true };
  });
}

/** Changes of one user take turns, with those of their vault too. Throws TOKEN_EXPIRED. */
function asOwner<T>(
  call: SignedInContext,
  work: (trx: Transaction<Database>, userId: string) => Promise<T>,
): Promise<T> {
  return withLiveSession(call, async (trx, { id }) => {
    await enterUserContext(trx, id);
    return work(trx, id);
  });
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

const TOO_MANY = 'You have 1,000 notes, and more than that is not possible. Delete one first.';
