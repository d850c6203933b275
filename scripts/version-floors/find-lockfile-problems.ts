/** The oldest versions that may be installed, in any copy (S1): older ones have known vulnerabilities. */
export const versionFloors: Readonly<Record<string, string>> = {
  'better-auth': '1.7.16',
  kysely: '0.28.17',
  '@trpc/server': '11.8.0',
  superjson: '2.2.6',
  '@simplewebauthn/server': '13.3.2',
};

/** With two copies of one of these, `instanceof APIError` fails between better-auth and its plugins. */
export const singleCopies: readonly string[] = [
  'better-call',
  '@better-auth/utils',
  '@better-fetch/fetch',
];

/**
 * Finds what pnpm-lock.yaml must not contain: a version below its floor, a second copy of what may exist
 * only once, an address to download from. One sentence each. A missing package is a problem too, since a
 * check that finds nothing to look at checks nothing.
 */
export function findLockfileProblems(lockfile: string): string[] {
  const packages = listKeys(lockfile, 'packages');
  const copies = listKeys(lockfile, 'snapshots');
  return [
    ...Object.entries(versionFloors).flatMap(([name, floor]) => {
      const versions = versionsOf(name, packages);
      if (versions.length === 0) return [`${name} is not in the lockfile`];
      return versions
        .filter((version) => !isAtLeast(version, floor))
        .map((version) => `${name} ${version} is below its floor ${floor}`);
    }),
    ...singleCopies.flatMap((name) => {
      const found = copies.filter((key) => key.startsWith(`${name}@`));
      return found.length === 1
        ? []
        : [`${name} occurs ${found.length} times instead of once: ${found.join(', ')}`];
    }),
    ...lockfile
      .split('\n')
      .flatMap((line, index) =>
        /:\/\/|^\s*(tarball|registry):/.test(line)
          ? [`line ${index + 1} names an address: ${line.trim()}`]
          : [],
      ),
  ];
}

/** The keys of a section, as `name@version`; in `snapshots`, with the peers that make it a separate copy. */
function listKeys(lockfile: string, section: string): string[] {
  const body = new RegExp(`^${section}:\\n((?:(?: .*)?\\n)*)`, 'm').exec(lockfile)?.[1] ?? '';
  return [...body.matchAll(/^ {2}'?([^'\s][^']*?)'?:(?: \{\})?$/gm)].map((match) => match[1] ?? '');
}

function versionsOf(name: string, keys: readonly string[]): string[] {
  return keys.filter((key) => key.startsWith(`${name}@`)).map((key) => key.slice(name.length + 1));
}

/** A prerelease is below its release (semver 11). What isn't a version is below everything. */
function isAtLeast(version: string, floor: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(version);
  if (!match) return false;
  const [found, wanted] = [match.slice(1, 4).map(Number), floor.split('.').map(Number)];
  for (const [index, part] of wanted.entries()) {
    const difference = (found[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return match[4] === undefined;
}
