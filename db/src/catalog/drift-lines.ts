import type { Grants } from './catalog-types.ts';

/**
 * What a difference does to this code. `breaks`: something that it uses is gone, or refuses its rows.
 * `alters`: something that it relies on may do something else; a newer version may have meant that.
 * `extra`: something that it doesn't use.
 */
export type DriftEffect = 'breaks' | 'alters' | 'extra';

/** A difference between the live catalog and the expected one, on one line. */
export interface Difference {
  readonly effect: DriftEffect;
  readonly line: string;
}

/** A difference that is always a problem. */
export const breaks = (line: string): Difference => ({ effect: 'breaks', line });
/** A difference that is a problem unless a newer version made it. */
export const alters = (line: string): Difference => ({ effect: 'alters', line });
/** A difference that is none of our business. */
export const extra = (line: string): Difference => ({ effect: 'extra', line });

interface NamedDifference<T> {
  missing(name: string, expected: T): Difference;
  unexpected(name: string, found: T): Difference;
  changed(name: string, expected: T, found: T): Difference[];
}

/** The differences of two sets of named things, sorted by name. */
export function diffNamed<T>(
  expected: Readonly<Record<string, T>>,
  live: Readonly<Record<string, T>>,
  lines: NamedDifference<T>,
): Difference[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(live)])].sort();
  return names.flatMap((name) => {
    const wanted = expected[name];
    const found = live[name];
    if (wanted !== undefined && found !== undefined) return lines.changed(name, wanted, found);
    if (wanted !== undefined) return [lines.missing(name, wanted)];
    return found !== undefined ? [lines.unexpected(name, found)] : [];
  });
}

/** One for the privileges that a role lacks, and one for those that it needn't have. */
export function diffGrants(name: string, expected: Grants, live: Grants): Difference[] {
  const roles = [...new Set([...Object.keys(expected), ...Object.keys(live)])].sort();
  return roles.flatMap((role) => {
    const wanted = expected[role] ?? [];
    const found = live[role] ?? [];
    // One for the whole table is one for each of its columns.
    const missing = wanted.filter(
      (privilege) => !found.includes(privilege) && !found.includes(privilege.replace(/\(.*/, '')),
    );
    const unexpected = found.filter((privilege) => !wanted.includes(privilege));
    return [
      ...(missing.length > 0
        ? [alters(`${name}: grant to ${role} missing (${missing.join(', ')})`)]
        : []),
      ...(unexpected.length > 0
        ? [extra(`${name}: grant to ${role} unexpected (${unexpected.join(', ')})`)]
        : []),
    ];
  });
}

/** For a thing that belongs to another role. */
export function diffOwner(name: string, expected: string, live: string): Difference[] {
  return expected === live ? [] : [alters(`${name}: belongs to ${live}, expected ${expected}`)];
}
