import { expect, it } from 'vitest';
import { domainArrows } from './arrows.ts';
import { findUnusedArrows, findViolations } from './find-violations.ts';

it.each([
  [
    'auth-core imports db',
    'packages/auth-core/src/a.ts',
    `import { x } from '@mana/db/client/client';`,
  ],
  [
    'db imports auth-core',
    'db/src/a.ts',
    `import type { X } from '@mana/auth-core/errors/codes/codes';`,
  ],
  ['a test of db imports the server', 'db/src/a.db.test.ts', `import '@mana/server/server';`],
  [
    'the pages import auth-core past the SDK',
    'apps/account/src/a.ts',
    `export * from '@mana/auth-core/x';`,
  ],
  ['the pages import it lazily', 'apps/account/src/a.ts', `await import('@mana/auth-core/x');`],
  [
    'the pages import it as a type',
    'apps/account/src/a.ts',
    `type X = import('@mana/auth-core/x').X;`,
  ],
  [
    'the SDK imports the server by value',
    'packages/shared-auth/src/a.ts',
    `import { appRouter } from '@mana/server/router';`,
  ],
  [
    'the SDK leaves an empty import behind',
    'packages/shared-auth/src/a.ts',
    `import { type AppRouter } from '@mana/server/router';`,
  ],
  [
    "the SDK imports another type of the server's",
    'packages/shared-auth/src/a.ts',
    `import type { Deps } from '@mana/server/deps';`,
  ],
  [
    'a source imports a test helper of another package',
    'apps/server/src/app.ts',
    `import { x } from '@mana/db/testing/test-database';`,
  ],
  [
    'the client of the database imports the embedded one',
    'db/src/client/client.ts',
    `import { x } from '../embedded/start.ts';`,
  ],
  [
    'a source imports a test helper of its own',
    'apps/server/src/app.ts',
    `import { x } from '../test/helper.ts';`,
  ],
  [
    'a relative import leaves its package',
    'apps/server/src/app.ts',
    `import { x } from '../../../db/src/client.ts';`,
  ],
  ['a package names itself', 'db/src/a.ts', `import { x } from '@mana/db/client/client';`],
  ['auth-core imports Node', 'packages/auth-core/src/a.ts', `import { x } from 'node:crypto';`],
  [
    'auth-core reads the clock',
    'packages/auth-core/src/a.ts',
    `export const now = () => globalThis.Date.now();`,
  ],
  [
    'auth-core makes a date of now',
    'packages/auth-core/src/a.ts',
    `export const now = () => new Date();`,
  ],
  [
    'auth-core measures time',
    'packages/auth-core/src/a.ts',
    `export const now = () => performance.now();`,
  ],
  ['auth-core calls out', 'packages/auth-core/src/a.ts', `export const get = () => fetch('/');`],
  [
    'a service imports the HTTP side',
    'apps/server/src/domains/auth/a.service.ts',
    `import type { AppOptions } from '../../http/app-options.ts';`,
  ],
  [
    'the ground imports the sessions',
    'apps/server/src/mail/mail.ts',
    `import { x } from '../sessions/get-session.ts';`,
  ],
  [
    'neighbours of one layer import each other',
    'apps/server/src/app.ts',
    `import { x } from './start/startup-messages.ts';`,
  ],
  [
    "a domain reads another's repository",
    'apps/server/src/domains/passkeys/a.service.ts',
    `import { x } from '../auth/users.repository.ts';`,
  ],
  [
    "a domain takes more than another's service",
    'apps/server/src/domains/passkeys/a.service.ts',
    `import { x } from '../auth/sign-in/known-device.ts';`,
  ],
  [
    'a domain calls one that it has no arrow to',
    'apps/server/src/domains/vault/a.service.ts',
    `import type { X } from '../auth/sign-in/sign-in.service.ts';`,
  ],
  ['a domain has no row', 'apps/server/src/domains/gifts/gifts.router.ts', `export const x = 1;`],
  [
    'the server loads the embedded Postgres at every start',
    'apps/server/src/start/a.ts',
    `import { startEmbeddedPostgres } from '@mana/db/embedded/start';`,
  ],
  [
    "the HTTP side reads a domain's repository",
    'apps/server/src/http/a.ts',
    `import { x } from '../domains/auth/users.repository.ts';`,
  ],
  ['a server file has no layer', 'apps/server/src/helpers.ts', `export const x = 1;`],
  [
    'a component imports past the SDK',
    'apps/account/src/A.svelte',
    `<p>hi</p>\n<script lang="ts">\nimport x from '@mana/auth-core/x';\n</script>`,
  ],
])('refuses that %s', (_what, path, text) => {
  expect(findViolations(new Map([[path, text]]))).toHaveLength(1);
});

it.each([
  ['packages/shared-auth/src/a.ts', `import type { AppRouter } from '@mana/server/router';`],
  ['packages/shared-auth/src/a.ts', `import { x } from '@mana/auth-core/errors/codes/codes';`],
  ['packages/shared-auth/test/a.db.test.ts', `import { x } from '@mana/server/server';`],
  ['packages/auth-core/src/a.ts', `export const at = (ms: number) => new Date(ms);`],
  ['packages/auth-core/src/a.test.ts', `import { x } from 'node:fs'; Date.now();`],
  ['apps/server/src/app.ts', `import { x } from './http/app-options.ts';`],
  [
    'apps/server/src/domains/passkeys/a.service.ts',
    `import { x } from '../auth/sign-in/sign-in.service.ts';`,
  ],
  ['apps/server/src/start/a.ts', `const { x } = await import('@mana/db/embedded/start');`],
  ['apps/server/src/start/a.ts', `import type { X } from '@mana/db/embedded/start';`],
  ['apps/server/test/a.db.test.ts', `import { x } from '@mana/db/embedded/start';`],
  ['apps/server/src/domains/auth/a.service.ts', `import { x } from './users.repository.ts';`],
  ['apps/server/test/a.db.test.ts', `import { x } from '@mana/db/testing/test-database';`],
])('lets %s have %s', (path, text) => {
  expect(findViolations(new Map([[path, text]]))).toEqual([]);
});

it('says where, what and why', () => {
  const text = `import { a } from './a.ts';\n\nimport { db } from '@mana/db/client/client';\n`;
  expect(findViolations(new Map([['packages/auth-core/src/b.ts', text]]))).toEqual([
    'packages/auth-core/src/b.ts:3 imports @mana/db/client/client: @mana/auth-core imports nothing of ours',
  ]);
});

it('keeps the line of an import in a component', () => {
  const text = `<script module lang="ts">\nconst a = 1;\n</script>\n<script lang="ts">\nimport '@mana/db/x';\n</script>`;
  expect(findViolations(new Map([['apps/account/src/A.svelte', text]]))).toEqual([
    'apps/account/src/A.svelte:5 imports @mana/db/x: @mana/account imports @mana/shared-auth',
  ]);
});

it('names arrows between domains that no import takes', () => {
  const arrows = Object.entries(domainArrows).flatMap(([from, targets]) =>
    targets.map((to) => ({ from, to })),
  );
  const files = arrows.map(({ from, to }): [string, string] => [
    `apps/server/src/domains/${from}/${to}-caller.service.ts`,
    `import { x } from '../${to}/a.service.ts';`,
  ]);
  expect(findUnusedArrows(new Map(files))).toEqual([]);
  expect(findUnusedArrows(new Map(files.slice(1)))).toEqual([
    `no import takes the arrow ${arrows[0]?.from} → ${arrows[0]?.to} of scripts/boundaries/arrows.ts`,
  ]);
});
