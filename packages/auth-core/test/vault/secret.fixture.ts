/** 32 bytes that differ from one another, and from those for another `first`. */
export function secretOf(first: number) {
  return Uint8Array.from({ length: 32 }, (_, index) => first + index);
}
