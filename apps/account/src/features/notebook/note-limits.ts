import type { Problems } from '../../ui/form/field-text.ts';
import type { NoteTexts } from './open-note.ts';

/** In bytes of UTF-8; encrypted, this is just what the server accepts. */
const TITLE_MAX_BYTES = 600;
const BODY_MAX_BYTES = 36_000;

/** What is too long for a note, before anything is encrypted. */
export function findTooLong({ title, body }: NoteTexts): Problems {
  return {
    ...(bytesOf(title) > TITLE_MAX_BYTES && {
      noteTitle: 'That title is too long. A few words are enough.',
    }),
    ...(bytesOf(body) > BODY_MAX_BYTES && {
      noteBody: `That is ${percentOver(bytesOf(body))}% too long for one note. Move part of it to another.`,
    }),
  };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function percentOver(bytes: number): number {
  return Math.max(1, Math.ceil((bytes / BODY_MAX_BYTES - 1) * 100));
}
