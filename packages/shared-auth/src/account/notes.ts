import type { AuthClient } from '../client/auth-client.ts';
import type { WatchDependencies } from '../session/watch-session.ts';
import type { Ask } from '../transport/call.ts';
import { createWatch } from '../transport/observe-answer.ts';

/** What somebody who is signed in does with their notes, which are encrypted already. */
export function createOwnNotes(dependencies: WatchDependencies, ask: Ask): AuthClient['notes'] {
  const watch = createWatch(dependencies, ask);
  return {
    list: (page = {}) => watch('notes.list', page, { promised: 'notes' }),
    create: (input) => watch('notes.create', input, { promised: 'note' }),
    update: (input) => watch('notes.update', input, { promised: 'note' }),
    remove: (input) => watch('notes.remove', input, { promised: 'removed' }),
  };
}
