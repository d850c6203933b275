import type { VaultNote } from '@mana/db/schema/vault';

/** A note as its user gets it: still encrypted. */
export interface PublicNote {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** The next change says which one it saw. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function toPublicNote(note: VaultNote): PublicNote {
  const { id, title, body, revision } = note;
  return { id, title, body, revision, createdAt: note.created_at, updatedAt: note.updated_at };
}
