import type { TrailPosition } from '../../security-events/security-events.repository.ts';

/** Microseconds until the year 2286, and a UUID. */
const CURSOR = /^(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A place in the trail as clients carry it from page to page. */
export function formatTrailCursor({ micros, id }: TrailPosition): string {
  return `${micros}_${id}`;
}

/** Undefined for what is no cursor of ours. */
export function findTrailPosition(cursor: string): TrailPosition | undefined {
  const [, micros, id] = CURSOR.exec(cursor) ?? [];
  return micros !== undefined && id !== undefined ? { micros, id } : undefined;
}
