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

/** An encrypted value, with the generation of the key that it names. `enc:1:` knows the first only. */
function encrypted(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .transform((value, context) => {
      const [isMatch, generation = '1', iv = '', sealed = ''] = ENCRYPTED.exec(value) ?? [];
      const isWhole =
        findBase64(iv)?.length === IV_BYTES && (findBase64(sealed)?.length ?? 0) >= TAG_BYTES;
      if (isMatch !== undefined && isWhole) return { value, generation: Number(generation) };
      context.addIssue('wants an encrypted value');
      return z.NEVER;
    });
}

/** In the one form that Postgres answers, for it is part of what the encryption binds. */
const id = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'wants a UUID in small letters');
const title = encrypted(TITLE_MAX_LENGTH);
const body = encrypted(BODY_MAX_LENGTH);

export const createNoteInput = z.object({ id, title, body });
export type CreateNoteInput = z.infer<typeof createNoteInput>;

export const updateNoteInput = createNoteInput.extend({
  /** Of the note that the change was decided on. */
  revision: z.int().min(1).max(2_147_483_647),
  /** The same text under another key: the note counts as changed when it was before. */
  isSameText: z.boolean().default(false),
});
export type UpdateNoteInput = z.infer<typeof updateNoteInput>;

export const removeNoteInput = z.object({ id });

export const listNotesInput = z
  .object({
    cursor: cursorInput(findTimePosition),
    limit: z.int().min(1).max(50).default(20),
  })
  .prefault({});
