import { findTimePosition, formatTimeCursor } from '../pagination.ts';
import type { EventPosition } from './security-events.repository.ts';

const FAILED = 'failed_';

/** A position among the security events as clients carry it from page to page. */
export function formatEventCursor({ hasFailed, ...position }: EventPosition): string {
  return `${hasFailed ? FAILED : ''}${formatTimeCursor(position)}`;
}

/** Undefined if malformed. */
export function findEventPosition(cursor: string): EventPosition | undefined {
  const hasFailed = cursor.startsWith(FAILED);
  const position = findTimePosition(hasFailed ? cursor.slice(FAILED.length) : cursor);
  return position && { ...position, hasFailed };
}
