import { createSessionCall, type SessionCallDependencies } from '../session/session-call.ts';
import type { Call } from '../transport/call.ts';
import type { InputOf, Method, OutputOf } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';

/**
 * Notes whose title and body `vault.encryptFields` has encrypted, with the note's id as the record id.
 * They come back as they were sent. After a lost response, the same change may be sent again.
 */
export interface Notes {
  /** Most recently changed first, a page at a time. */
  list(page?: InputOf<'notes.list'>): Promise<AuthResult<OutputOf<'notes.list'>>>;
  /**
   * The id is a UUID that the page generates. VAULT_CONFLICT where it is taken by a note with another
   * text, or where the vault's key has been replaced.
   */
  readonly create: Method<'notes.create'>;
  /** As `create`, and VAULT_CONFLICT also where the note has moved on from this revision. */
  readonly update: Method<'notes.update'>;
  /** A note that is already gone is a success. */
  readonly remove: Method<'notes.remove'>;
}

/** What signed-in users do with their notes, which arrive here encrypted. */
export function createNotes(dependencies: SessionCallDependencies, call: Call): Notes {
  const callWithSession = createSessionCall(dependencies, call);
  return {
    list: (page = {}) => callWithSession('notes.list', page, { required: 'notes' }),
    create: (input) => callWithSession('notes.create', input, { required: 'note' }),
    update: (input) => callWithSession('notes.update', input, { required: 'note' }),
    remove: (input) => callWithSession('notes.remove', input, { required: 'removed' }),
  };
}
