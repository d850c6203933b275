import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { accountPages } from '../apps/server/src/config/account-pages.ts';

it('the server knows each path of the account pages', async () => {
  const routes = new URL('../apps/account/src/lib/router/routes.ts', import.meta.url);
  const table = /^const audiences = \{$(.*?)^\}/ms.exec(await readFile(routes, 'utf8'))?.[1] ?? '';
  const paths = [...table.matchAll(/^ {2}'(\/[\w-]*)':/gm)].map(([, path]) => path);
  expect(new Set(Object.values<string>(accountPages))).toEqual(new Set(['/', ...paths]));
});
