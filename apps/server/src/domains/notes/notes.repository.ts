import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { NewVaultNote, VaultNote, VaultNoteUpdate } from '@mana/db/schema/vault';
import { type Kysely, sql, type Transaction } from 'kysely';
import { isBefore, microsOf, type TimePosition } from '../../pagination.ts';

type NoteKey = { readonly userId: string; readonly id: string };

/** The `limit` most recently changed notes of a user, or those before a position, newest change first. */
export async function listNotes(
  db: Kysely<Database>,
  userId: string,
  { before, limit }: { before: TimePosition | null; limit: number },
): Promise<(VaultNote & { readonly position: TimePosition })[]> {
  const rows = await asUser(db, userId, (trx) => {
    let query = trx
      .selectFrom('auth.vault_notes')
      .selectAll()
      .select(microsOf('updated_at').as('micros'))
      .where('user_id', '=', userId);
    if (before) query = query.where(isBefore('updated_at', before, 'uuid'));
    return query.orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  });
  return rows.map(({ micros, ...note }) => ({ ...note, position: { micros, id: note.id } }));
}

/** A note, in the user's context, as everything below. */
export async function findNote(
  trx: Transaction<Database>,
  { userId, id }: NoteKey,
): Promise<VaultNote | undefined> {
  return trx
    .selectFrom('auth.vault_notes')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** How many notes a user has. */
export async function countNotes(trx: Transaction<Database>, userId: string): Promise<number> {
  const { count } = await trx
    .selectFrom('auth.vault_notes')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Adds a note under an id that the user has no note under yet. */
export async function insertNote(
  trx: Transaction<Database>,
  note: NewVaultNote,
): Promise<VaultNote> {
  return trx.insertInto('auth.vault_notes').values(note).returningAll().executeTakeFirstOrThrow();
}

/** Changes a note and increments its revision. Undefined if it no longer has the revision that the caller saw. */
export async function updateNote(
  trx: Transaction<Database>,
  { userId, id, revision }: NoteKey & { readonly revision: number },
  change: VaultNoteUpdate,
): Promise<VaultNote | undefined> {
  return trx
    .updateTable('auth.vault_notes')
    .set({ ...change, revision: sql<number>`revision + 1` })
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .where('revision', '=', revision)
    .returningAll()
    .executeTakeFirst();
}

/** Deletes a note, if there is one. */
export async function deleteNote(
  trx: Transaction<Database>,
  { userId, id }: NoteKey,
): Promise<void> {
  await trx
    .deleteFrom('auth.vault_notes')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .execute();
}
