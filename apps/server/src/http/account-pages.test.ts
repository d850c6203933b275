import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { accountPagesRoutes } from './account-pages.ts';

const PAGE = '<!doctype html><title>Your account</title>';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function createPages({ areBuilt }: { areBuilt: boolean }) {
  const folder = await mkdtemp(join(tmpdir(), 'mana-pages-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (areBuilt) await writeFile(join(folder, 'index.html'), PAGE);
  const app = fastify();
  onTestFinished(() => app.close());
  await app.register(async (pages) => {
    await pages.register(accountPagesRoutes, { folder: areBuilt ? folder : join(folder, 'none') });
  });
  return app;
}

it('answers a page with the pages, and any other path with their view of what is not there', async () => {
  const app = await createPages({ areBuilt: true });
  const known = await app.inject({ url: '/sign-in', headers: BROWSER });
  expect([known.statusCode, known.body]).toEqual([200, PAGE]);
  const unknown = await app.inject({ url: '/sign-inn?a=b', headers: BROWSER });
  expect([unknown.statusCode, unknown.body]).toEqual([404, PAGE]);
  expect(unknown.headers).toMatchObject({ 'content-type': expect.stringContaining('text/html') });
  expect(unknown.headers).not.toHaveProperty('etag');
  expect(unknown.headers).not.toHaveProperty('last-modified');
});

it.each([
  ['a program', 'GET', { accept: 'application/json' }],
  ['whoever names no type', 'GET', {}],
  ['a form', 'POST', BROWSER],
] as const)('answers %s in plain text', async (_who, method, headers) => {
  const app = await createPages({ areBuilt: true });
  const answer = await app.inject({ method, url: '/nowhere', headers });
  expect([answer.statusCode, answer.body]).toEqual([404, 'Not found.\n']);
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
});

it('answers everybody in plain text while the pages are not built', async () => {
  const app = await createPages({ areBuilt: false });
  const answer = await app.inject({ url: '/sign-in', headers: BROWSER });
  expect([answer.statusCode, answer.body]).toEqual([404, 'Not found.\n']);
});
