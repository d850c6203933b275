import type { Bytes } from './bytes.ts';

/** Looks at every byte, whichever differs, so that its time tells nothing but the length. */
export function areEqualBytes(left: Bytes, right: Bytes): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}
