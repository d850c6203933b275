import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleForBrowser } from './bundle-for-browser.ts';
import { findForbiddenModules, findNodeGlobals } from './find-forbidden-modules.ts';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, '../src');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(here, '../node_modules/.bundle-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function findIn(code: string): Promise<string> {
  const entry = join(folder, `${crypto.randomUUID()}.ts`);
  await writeFile(entry, code);
  const { modules } = await bundleForBrowser(entry);
  return findForbiddenModules(modules.filter((module) => module !== entry)).join('\n');
}

it("the client's bundle contains nothing that doesn't belong in a browser", async () => {
  const client = await bundleForBrowser(join(source, 'client.ts'));
  for (const { code, modules } of [client, ...Object.values(client.onDemand)]) {
    expect(findForbiddenModules(modules)).toEqual([]);
    expect(findNodeGlobals(code)).toEqual([]);
  }
  expect(client.modules).toContain(join(source, 'client.ts'));
});

it('the passkey ceremonies come with the first call that needs them', async () => {
  const { modules, onDemand } = await bundleForBrowser(join(source, 'client.ts'));
  const ceremonies = ['browser/call-browser.ts', 'autofill-offer.ts', 'passkey-registration.ts'];
  for (const ceremony of ceremonies.map((name) => join(source, 'passkeys', name))) {
    expect(modules).not.toContain(ceremony);
    expect(onDemand['passkey-calls']?.modules).toContain(ceremony);
  }
});

it("the vault's cryptography comes with the first call that needs it, and without the server's", async () => {
  const { modules, onDemand } = await bundleForBrowser(join(source, 'client.ts'));
  const cryptography = /\/auth-core\/src\/vault\//;
  expect(modules.filter((module) => cryptography.test(module))).toEqual([]);
  const loaded = onDemand['vault-calls']?.modules.filter((module) => cryptography.test(module));
  expect(loaded?.join()).toContain('/fields.ts');
  expect(loaded?.join()).not.toMatch(/key-(ring|provider|service)/);
  const withPasskeys = onDemand['passkey-calls']?.modules.filter((m) => cryptography.test(m));
  expect(withPasskeys).toEqual([]);
});

it.each([
  [
    'a Node module',
    "import { readFileSync } from 'node:fs'; globalThis.x = readFileSync;",
    'external',
  ],
  [
    "the server's router",
    "import { appRouter } from '@mana/server/router'; globalThis.x = appRouter;",
    'apps/server',
  ],
  [
    "tRPC's server",
    "import { initTRPC } from '@trpc/server'; globalThis.x = initTRPC;",
    '@trpc/server',
  ],
  ['the database library', "import { Kysely } from 'kysely'; globalThis.x = Kysely;", 'kysely'],
  [
    'Better Auth',
    "import { createAuthClient } from 'better-auth/client'; globalThis.x = createAuthClient;",
    'better-auth',
  ],
  [
    "the server's keys",
    "import { createKeyRing } from '@mana/auth-core/vault/keys/key-ring'; globalThis.x = createKeyRing;",
    'key-ring',
  ],
  [
    'the texts of the docs',
    "import * as d from '@mana/auth-core/errors/documentation'; globalThis.x = d;",
    'documentation',
  ],
])('a bundle with %s is caught', async (_name, code, named) => {
  expect(await findIn(code).catch(String)).toContain(named);
});

it("Node's globals are found in code, and names that merely look like them aren't", () => {
  expect(findNodeGlobals('let a=process.env,b=Buffer.from(c)')).toEqual(['process', 'Buffer']);
  expect(findNodeGlobals('a.process(1);new ArrayBuffer(2);preprocess(3)')).toEqual([]);
});
