import type { OpenedNote, ReadableNote } from './open-note.ts';
import type { Draft } from './save-draft.ts';

/** The note being written. In memory of this tab only, kept across pages and another sign-in. */
const written = $state<{ draft: Draft | null }>({ draft: null });

/** The note this user is writing, if any. */
export function draftOf(userId: string): Draft | null {
  return written.draft?.userId === userId ? written.draft : null;
}

/** Starts with an empty note. */
export function beginNote(userId: string): void {
  written.draft = { userId, id: crypto.randomUUID(), base: null, title: '', body: '', ...FRESH() };
}

/** Starts from a note as it is. */
export function beginEdit(userId: string, { id, revision, title, body }: ReadableNote): void {
  written.draft = { userId, id, base: { revision, title, body }, title, body, ...FRESH() };
}

/** Forgets what was written. */
export function endDraft(): void {
  written.draft = null;
}

/**
 * Keeps only what the signed-in user may see; null if nobody is. Another user's draft is forgotten, and so is a
 * draft without unsaved text once nobody is signed in.
 */
export function keepDraftFor(userId: string | null): void {
  const { draft } = written;
  if (!draft) return;
  const isKept = userId === null ? isUnsaved(draft) : draft.userId === userId;
  if (!isKept) endDraft();
}

const FRESH = () => ({ sent: [], other: null, wasRemoved: false });

/** Whether something would be lost with it. */
export function isUnsaved({ base, title, body, other }: Draft): boolean {
  if (other !== null) return true;
  return title !== (base?.title ?? '') || body !== (base?.body ?? '');
}

/** It was changed elsewhere first: from now on the draft is based on that version. */
export function enterConflict(draft: Draft, other: OpenedNote): void {
  draft.other = other;
  const { title, body } = other.isReadable ? other : { title: '', body: '' };
  draft.base = { revision: other.revision, title, body };
}

/** It was deleted elsewhere, or both versions are to be kept: the draft becomes a note of its own. */
export function turnIntoNewNote(draft: Draft, { wasRemoved }: { wasRemoved: boolean }): void {
  Object.assign(draft, { id: crypto.randomUUID(), base: null, ...FRESH(), wasRemoved });
}

/** An earlier state of the draft was saved as this note. */
export function rebaseDraft(draft: Draft, { revision, title, body }: ReadableNote): void {
  Object.assign(draft, { base: { revision, title, body }, ...FRESH() });
}

/** Continues with the other version, and forgets what was written. */
export function takeOtherVersion(draft: Draft, other: ReadableNote): void {
  rebaseDraft(draft, other);
  Object.assign(draft, { title: other.title, body: other.body });
}
