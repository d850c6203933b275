/** A place in the list of notes, between two of them. */
export interface NotePosition {
  /** Microseconds since 1970, as Postgres keeps them; a `Date` would cut them off. */
  readonly micros: string;
  readonly id: string;
}

/** Microseconds until the year 2286, and a UUID. */
const CURSOR = /^(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A place in the list as clients carry it from page to page. */
export function formatNoteCursor({ micros, id }: NotePosition): string {
  return `${micros}_${id}`;
}

/** Undefined for what is no cursor of ours. */
export function findNotePosition(cursor: string): NotePosition | undefined {
  const [, micros, id] = CURSOR.exec(cursor) ?? [];
  return micros !== undefined && id !== undefined ? { micros, id } : undefined;
}
