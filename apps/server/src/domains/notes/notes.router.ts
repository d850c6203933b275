import { createRouter, signedInProcedure } from '../../trpc/procedures.ts';
import {
  createNoteInput,
  listNotesInput,
  removeNoteInput,
  updateNoteInput,
} from './notes.schema.ts';
import { changeNote, createNote, readNotes, removeNote } from './notes.service.ts';

/** The procedures under `notes`. */
export const notesRouter = createRouter({
  list: signedInProcedure.input(listNotesInput).query(({ ctx, input }) => readNotes(ctx, input)),
  create: signedInProcedure
    .input(createNoteInput)
    .mutation(({ ctx, input }) => createNote(ctx, input)),
  update: signedInProcedure
    .input(updateNoteInput)
    .mutation(({ ctx, input }) => changeNote(ctx, input)),
  remove: signedInProcedure
    .input(removeNoteInput)
    .mutation(({ ctx, input }) => removeNote(ctx, input.id)),
});
