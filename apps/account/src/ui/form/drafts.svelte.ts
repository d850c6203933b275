/** What can be typed over several visits to a page before it is saved. */
type DraftName = 'name' | 'newEmail';

interface Draft {
  /** Whose it is: nobody else who signs in at this tab gets to see it. */
  readonly userId: string;
  readonly text: string;
}

/**
 * What was typed and is wanted again on the next page, or after signing in again. In memory of this
 * tab only. A password never is in here.
 */
export const typed = $state<{
  email: string;
  drafts: Partial<Record<DraftName, Draft>>;
}>({ email: '', drafts: {} });

/** What this user has typed and not saved yet; null where there is nothing. */
export function draftOf(name: DraftName, userId: string): string | null {
  const draft = typed.drafts[name];
  return draft?.userId === userId ? draft.text : null;
}
