/** 32 bytes that differ, and from those of another `first` too. */
export function secretOf(first: number) {
  return Uint8Array.from({ length: 32 }, (_, index) => first + index);
}
