import type { AuthClient } from '../client/auth-client.ts';
import type { SessionCallDependencies } from '../session/watch-session.ts';
import type { Call } from '../transport/call.ts';
import { createSessionCall } from '../transport/observe-answer.ts';

/** What somebody who is signed in does with their notes, which are encrypted already. */
export function createNotes(
  dependencies: SessionCallDependencies,
  call: Call,
): AuthClient['notes'] {
  const callWithSession = createSessionCall(dependencies, call);
  return {
    list: (page = {}) => callWithSession('notes.list', page, { required: 'notes' }),
    create: (input) => callWithSession('notes.create', input, { required: 'note' }),
    update: (input) => callWithSession('notes.update', input, { required: 'note' }),
    remove: (input) => callWithSession('notes.remove', input, { required: 'removed' }),
  };
}
