import { findBase64 } from '@mana/auth-core/vault/format/base64';
import { z } from 'zod';
import { cursorInput, findTimePosition } from '../../pagination.ts';

/** In characters, as encrypted. Both together fit into a body of 64 KiB. */
const TITLE_MAX_LENGTH = 1_000;
const BODY_MAX_LENGTH = 50_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** docs/vault-format.md. */
const ENCRYPTED = /^enc:(?:1:|2:([1-9][0-9]{0,9})\.)([^.]+)\.([^.]+)$/;

/** An encrypted value, with the generation of the key that it names. `enc:1:` can only mean the first. */
function encrypted(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .transform((value, context) => {
      const [isMatch, generation = '1', iv = '', sealed = ''] = ENCRYPTED.exec(value) ?? [];
      const isComplete =
        findBase64(iv)?.length === IV_BYTES && (findBase64(sealed)?.length ?? 0) >= TAG_BYTES;
      if (isMatch !== undefined && isComplete) return { value, generation: Number(generation) };
      context.addIssue('must be an encrypted value');
      return z.NEVER;
    });
}

/** In the one form that Postgres returns, since the encryption binds the id as text. */
const id = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a UUID in lower case');
const title = encrypted(TITLE_MAX_LENGTH);
const body = encrypted(BODY_MAX_LENGTH);

/** A new note, under an id that the client made. */
export const createNoteInput = z.object({ id, title, body });
/** What `createNoteInput` accepts. */
export type CreateNoteInput = z.infer<typeof createNoteInput>;

/** The new texts of a note. */
export const updateNoteInput = createNoteInput.extend({
  /** The revision that the change was decided on. */
  revision: z.int().min(1).max(2_147_483_647),
  /** The same text under another key: the note keeps the time of its last change. */
  isSameText: z.boolean().default(false),
});
/** What `updateNoteInput` accepts. */
export type UpdateNoteInput = z.infer<typeof updateNoteInput>;

/** The note to remove. */
export const removeNoteInput = z.object({ id });

/** A page of notes. */
export const listNotesInput = z
  .object({
    cursor: cursorInput(findTimePosition),
    limit: z.int().min(1).max(50).default(20),
  })
  .prefault({});
