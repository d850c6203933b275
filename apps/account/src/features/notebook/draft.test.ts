import { afterEach, describe, expect, test } from 'vitest';
import { beginEdit, beginNote, draftOf, endDraft, keepDraftFor } from './draft.svelte.ts';

const note = {
  id: 'e4a1',
  revision: 1,
  updatedAt: new Date(0),
  title: 'Keys',
  body: 'behind the barometer',
  isReadable: true,
} as const;

afterEach(() => endDraft());

describe('a draft', () => {
  test('survives the end of a session, for its author', () => {
    beginNote('anna');
    Object.assign(draftOf('anna') ?? {}, { title: 'Draft' });
    keepDraftFor(null);
    keepDraftFor('anna');
    expect(draftOf('anna')?.title).toBe('Draft');
  });

  test('is gone for good once somebody else signs in', () => {
    beginNote('anna');
    Object.assign(draftOf('anna') ?? {}, { title: 'Draft' });
    keepDraftFor(null);
    keepDraftFor('eve');
    expect(draftOf('eve')).toBe(null);
    expect(draftOf('anna')).toBe(null);
  });

  test('without changes is dropped on signing out', () => {
    beginEdit('anna', note);
    keepDraftFor('anna');
    expect(draftOf('anna')?.body).toBe(note.body);
    keepDraftFor(null);
    expect(draftOf('anna')).toBe(null);
  });
});
