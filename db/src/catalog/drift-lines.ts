import type { Grants } from './catalog-types.ts';

interface NamedDifference<T> {
  missing(name: string, expected: T): string;
  unexpected(name: string, found: T): string;
  changed(name: string, expected: T, found: T): string[];
}

/** The lines for two sets of named things, sorted by name. */
export function diffNamed<T>(
  expected: Readonly<Record<string, T>>,
  live: Readonly<Record<string, T>>,
  lines: NamedDifference<T>,
): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(live)])].sort();
  return names.flatMap((name) => {
    const wanted = expected[name];
    const found = live[name];
    if (wanted !== undefined && found !== undefined) return lines.changed(name, wanted, found);
    if (wanted !== undefined) return [lines.missing(name, wanted)];
    return found !== undefined ? [lines.unexpected(name, found)] : [];
  });
}

/** A line for the privileges that a role lacks, and one for those that it shouldn't have. */
export function diffGrants(name: string, expected: Grants, live: Grants): string[] {
  const roles = [...new Set([...Object.keys(expected), ...Object.keys(live)])].sort();
  return roles.flatMap((role) => {
    const wanted = expected[role] ?? [];
    const found = live[role] ?? [];
    const missing = wanted.filter((privilege) => !found.includes(privilege));
    const unexpected = found.filter((privilege) => !wanted.includes(privilege));
    return [
      ...(missing.length > 0 ? [`${name}: grant to ${role} missing (${missing.join(', ')})`] : []),
      ...(unexpected.length > 0
        ? [`${name}: grant to ${role} unexpected (${unexpected.join(', ')})`]
        : []),
    ];
  });
}

/** The line for a thing that belongs to another role. */
export function diffOwner(name: string, expected: string, live: string): string[] {
  return expected === live ? [] : [`${name}: belongs to ${live}, expected ${expected}`];
}
