/**
 * What was typed and is wanted again on the next page, or after signing in again. In memory of this
 * tab only. A password never is in here.
 */
export const typed = $state<{
  email: string;
  /** A new name that isn't saved yet, and whose it is. */
  nameDraft: { readonly userId: string; readonly name: string } | null;
}>({ email: '', nameDraft: null });
