import { expect, it } from 'vitest';
import { findCircles } from './find-circles.ts';
import { readSource } from './read-source.ts';

/** Files by their path, each with what it imports. */
function findCirclesOf(files: Record<string, readonly string[]>): string[] {
  return findCircles(
    new Map(
      Object.entries(files).map(([path, specifiers]) => {
        const text = specifiers.map((specifier) => `import '${specifier}';\n`).join('');
        return [path, readSource(path, text).imports];
      }),
    ),
  );
}

it('finds folders that import each other, though their files do not', () => {
  expect(
    findCirclesOf({
      'apps/server/src/start/a.ts': ['../passwords/b.ts'],
      'apps/server/src/passwords/c.ts': ['../secrets/e.ts', '../start/d.ts'],
    }),
  ).toEqual([
    'apps/server/src has a circle, start → passwords → start: apps/server/src/start/a.ts:1, apps/server/src/passwords/c.ts:2',
  ]);
});

it('finds a circle of three domains', () => {
  const circles = findCirclesOf({
    'apps/server/src/domains/auth/a.ts': ['../vault/a.ts'],
    'apps/server/src/domains/vault/a.ts': ['../passkeys/a.ts'],
    'apps/server/src/domains/passkeys/deep/a.ts': ['../../auth/a.ts'],
  });
  expect(circles).toHaveLength(1);
  expect(circles[0]).toContain('auth → vault → passkeys → auth');
});

it('finds files of one folder that import each other', () => {
  expect(findCirclesOf({ 'db/src/a.ts': ['./b.ts'], 'db/src/b.ts': ['./a.ts'] })).toHaveLength(1);
});

it('finds each of two circles', () => {
  expect(
    findCirclesOf({
      'db/src/a.ts': ['./b.ts', './c.ts'],
      'db/src/b.ts': ['./a.ts'],
      'db/src/c.ts': ['./a.ts'],
    }),
  ).toHaveLength(2);
});

it('lets two ways lead to the same place, and tests import what they like', () => {
  expect(
    findCirclesOf({
      'db/src/a.ts': ['./b.ts', './c.ts'],
      'db/src/b.ts': ['./c/d.ts'],
      'db/src/c.ts': ['./c/d.ts'],
      'db/src/c/d.test.ts': ['../a.ts'],
      'db/test/a.ts': ['../src/a.ts'],
    }),
  ).toEqual([]);
});
