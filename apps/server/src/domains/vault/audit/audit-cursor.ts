import type { TimePosition } from '../../../pagination.ts';

/** Ids of older entries may have any form, so they travel in base64url. */
const CURSOR = /^(\d{1,16})_([\w-]{1,400})$/;

/** A position in the audit as clients carry it from page to page. */
export function formatAuditCursor({ micros, id }: TimePosition): string {
  return `${micros}_${Buffer.from(id).toString('base64url')}`;
}

/** Undefined if malformed. */
export function findAuditPosition(cursor: string): TimePosition | undefined {
  const [, micros, encoded] = CURSOR.exec(cursor) ?? [];
  if (micros === undefined || encoded === undefined) return undefined;
  const id = Buffer.from(encoded, 'base64url').toString();
  // Postgres accepts no text with a zero byte.
  const isWellFormed = !id.includes('\0') && Buffer.from(id).toString('base64url') === encoded;
  return isWellFormed ? { micros, id } : undefined;
}
