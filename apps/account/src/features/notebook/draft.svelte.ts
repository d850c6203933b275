import type { OpenedNote, ReadableNote } from './open-note.ts';
import type { Draft } from './save-draft.ts';

/** The note that is being written. In memory of this tab only, over pages and over signing in again. */
const written = $state<{ draft: Draft | null }>({ draft: null });

/** What this user writes at the moment. */
export function draftOf(userId: string): Draft | null {
  return written.draft?.userId === userId ? written.draft : null;
}

/** Begins with an empty note. */
export function beginNote(userId: string): void {
  written.draft = { userId, id: crypto.randomUUID(), base: null, title: '', body: '', ...FRESH() };
}

/** Begins with a note as it is. */
export function beginEdit(userId: string, { id, revision, title, body }: ReadableNote): void {
  written.draft = { userId, id, base: { revision, title, body }, title, body, ...FRESH() };
}

export function endDraft(): void {
  written.draft = null;
}

/**
 * For who is signed in now, null for nobody. What another one wrote is forgotten, and once nobody is signed in
 * whatever is kept anyway.
 */
export function keepDraftFor(userId: string | null): void {
  const { draft } = written;
  if (!draft) return;
  const isKept = userId === null ? isUnsaved(draft) : draft.userId === userId;
  if (!isKept) endDraft();
}

const FRESH = () => ({ sent: [], other: null, wasRemoved: false });

/** Whether something would be lost without it. */
export function isUnsaved({ base, title, body, other }: Draft): boolean {
  if (other !== null) return true;
  return title !== (base?.title ?? '') || body !== (base?.body ?? '');
}

/** Somebody changed it first: from now on the draft is about the note as that left it. */
export function enterConflict(draft: Draft, other: OpenedNote): void {
  draft.other = other;
  const { title, body } = other.isReadable ? other : { title: '', body: '' };
  draft.base = { revision: other.revision, title, body };
}

/** It was deleted somewhere else, or should stand beside the other: what is written is a note of its own. */
export function turnIntoNewNote(draft: Draft, { wasRemoved }: { wasRemoved: boolean }): void {
  Object.assign(draft, { id: crypto.randomUUID(), base: null, ...FRESH(), wasRemoved });
}

/** A part of what is written was saved as this note. */
export function rebaseDraft(draft: Draft, { revision, title, body }: ReadableNote): void {
  Object.assign(draft, { base: { revision, title, body }, ...FRESH() });
}

/** Goes on with the other version, and forgets what was written. */
export function takeOtherVersion(draft: Draft, other: ReadableNote): void {
  rebaseDraft(draft, other);
  Object.assign(draft, { title: other.title, body: other.body });
}
