import { z } from 'zod';
import type { TimePosition } from './time-position.ts';

/** Microseconds until the year 2286, and a UUID. */
const CURSOR = /^(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A place in a list whose ids are UUIDs, as clients carry it from page to page. */
export function formatTimeCursor({ micros, id }: TimePosition): string {
  return `${micros}_${id}`;
}

/** Undefined for what is no cursor of ours. */
export function findTimePosition(cursor: string): TimePosition | undefined {
  const [, micros, id] = CURSOR.exec(cursor) ?? [];
  return micros !== undefined && id !== undefined ? { micros, id } : undefined;
}

/** What a caller sends as a cursor; VALIDATION for what `find` doesn't know. */
export function cursorInput(find: (cursor: string) => TimePosition | undefined) {
  return z
    .string()
    .transform((cursor, context) => {
      const position = find(cursor);
      if (position) return position;
      context.addIssue('wants the nextCursor of a former answer');
      return z.NEVER;
    })
    .optional();
}
