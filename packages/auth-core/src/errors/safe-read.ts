/**
 * Reads a property of anything at all, without throwing: a primitive, a getter that throws and a
 * revoked proxy read as undefined.
 */
export function readProperty(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return undefined;
  }
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** As `readProperty`, undefined unless it is a string. */
export function readString(value: unknown, key: string): string | undefined {
  const found = readProperty(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** As `readProperty`, undefined unless it is a finite number. */
export function readNumber(value: unknown, key: string): number | undefined {
  const found = readProperty(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The first `limit` elements of an array; empty for anything else. Never throws. */
export function readElements(value: unknown, limit: number): unknown[] {
  if (!isArray(value)) return [];
  const length = Math.min(readNumber(value, 'length') ?? 0, limit);
  const elements: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    elements.push(readProperty(value, String(index)));
  }
  return elements;
}

/** `Array.isArray`, but false for a revoked proxy, where that throws. */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
