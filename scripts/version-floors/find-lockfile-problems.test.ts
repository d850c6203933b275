import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { findLockfileProblems, singleCopies, versionFloors } from './find-lockfile-problems.ts';

const lockfile = await readFile(new URL('../../pnpm-lock.yaml', import.meta.url), 'utf8');

it('S1: finds nothing in the lockfile of this repository', () => {
  expect(findLockfileProblems(lockfile)).toEqual([]);
});

it.each(Object.entries(versionFloors))('S1: names a copy of %s below %s', (name, floor) => {
  const [major = 0, minor = 0, patch = 0] = floor.split('.').map(Number);
  const below = [
    patch > 0 ? `${major}.${minor}.${patch - 1}` : `${major}.${minor - 1}.99`,
    `${major - 1}.99.99`,
    `${floor}-beta.1`,
    'git-main',
  ];
  for (const version of below) {
    expect(findLockfileProblems(addTo('packages', `${name}@${version}`))).toEqual([
      `${name} ${version} is below its floor ${floor}`,
    ]);
  }
  for (const version of [floor, `${major}.${minor}.${patch + 10}`, `${major + 1}.0.0`]) {
    expect(findLockfileProblems(addTo('packages', `${name}@${version}`))).toEqual([]);
  }
});

it.each(singleCopies)(
  'S1: names a second copy of %s, be it another version or other peers',
  (name) => {
    for (const copy of [`${name}@99.0.0`, `${name}@1.4.5(zod@3.0.0)`]) {
      expect(findLockfileProblems(addTo('snapshots', copy))).toEqual([
        expect.stringContaining(`${name} occurs 2 times instead of once`),
      ]);
    }
  },
);

it('S1: names a package that has gone, so that the check is never about nothing', () => {
  const without = lockfile.replaceAll('superjson@', 'subjson@');
  expect(findLockfileProblems(without)).toEqual(['superjson is not in the lockfile']);
});

it('names a line that says where to download from', () => {
  const resolution = '    resolution: {integrity: sha512-x, tarball: https://registry.test/a.tgz}';
  expect(findLockfileProblems(`${lockfile}\n${resolution}\n`)).toEqual([
    expect.stringMatching(/^line \d+ names an address: resolution: /),
  ]);
});

function addTo(section: 'packages' | 'snapshots', key: string): string {
  return lockfile.replace(
    `\n${section}:\n`,
    `\n${section}:\n\n  '${key}':\n    resolution: {integrity: sha512-x}\n`,
  );
}
