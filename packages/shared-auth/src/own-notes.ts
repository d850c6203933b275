import type { Ask } from './ask.ts';
import type { AuthClient } from './auth-client.ts';
import { createWatch } from './watch-answer.ts';
import type { WatchDependencies } from './watch-session.ts';

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
