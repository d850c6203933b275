/** Text of a field, kept over several visits to a page until it is saved. */
interface Draft {
  /** Whose it is: nobody else who signs in at this tab gets to see it. */
  readonly userId: string;
  readonly text: string;
}

/** The fields that have a draft. */
type DraftName = 'name' | 'newEmail';

/**
 * What was typed and is needed again on the next page, or after signing in again. In memory of this
 * tab only. Never holds a password.
 */
export const drafts = $state<{ email: string } & Partial<Record<DraftName, Draft>>>({ email: '' });

/** What this user has typed and not saved yet; null if nothing. */
export function draftOf(name: DraftName, userId: string): string | null {
  const draft = drafts[name];
  return draft?.userId === userId ? draft.text : null;
}
