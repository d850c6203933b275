import { createTestDatabase, type TestDatabase } from '@mana/db/testing/test-database';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startServer } from '../../src/server.ts';
import { createTestConfig } from '../harness/config.ts';
import { AWS, environmentWith } from '../harness/key-services/environment.ts';
import { faults } from '../harness/key-services/faults.ts';
import { arnOf, type KmsServer, startKmsServer } from '../harness/key-services/kms-server.ts';
import { startTransitServer, type TransitServer } from '../harness/key-services/transit-server.ts';
import { createCapturedLog } from '../harness/log-lines.ts';

let transit: TransitServer;
let kms: KmsServer;
let database: TestDatabase;

beforeAll(async () => {
  for (const [name, value] of Object.entries(AWS)) vi.stubEnv(name, value);
  transit = await startTransitServer(['mana']);
  kms = await startKmsServer([arnOf('mana')]);
  database = await createTestDatabase();
});
afterEach(() => {
  for (const service of [transit, kms]) service.setFault(null);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database.drop();
  for (const service of [transit, kms]) await service.stop();
});

/** Why the server doesn't start with this key; empty if it does. */
async function failureOf(kekId: string): Promise<string> {
  const captured = createCapturedLog();
  const server = await startServer({
    config: createTestConfig({
      MIGRATION_DATABASE_URL: database.ownerUrl,
      ...environmentWith({ transit, kms, databaseUrl: database.appUrl }, [kekId]),
    }),
    log: captured.log,
    onMail: () => undefined,
    now: () => new Date(),
  });
  try {
    return await server.ready.then(
      () => '',
      (error: Error) => error.message,
    );
  } finally {
    await server.close();
  }
}

it.each([
  ['transit-v1', 'a seal', /"transit-v1" can't be used: Vault at .* is sealed/],
  ['transit-v1', 'a missing key, as Transit puts it', /has no such key: transit\/encrypt\/mana/],
  ['transit-v1', 'a refused caller', /refuses the token/],
  ['kms-v1', 'a missing key, as AWS puts it', /"kms-v1" can't be used: .*NotFoundException/],
  ['kms-v1', 'a refused caller, as AWS puts it', /AccessDeniedException/],
  ['kms-v1', 'no answer', /AWS KMS at .* can't be reached: no answer in time/],
])('a server with %s that meets %s says so, and does not start', async (kekId, fault, sentence) => {
  for (const service of [transit, kms]) service.setFault(faults[fault] ?? null);
  expect(await failureOf(kekId)).toMatch(sentence);
});

it('a server that does not reach its service says so, and does not start', async () => {
  await transit.stop();
  expect(await failureOf('transit-v1')).toMatch(
    /^the key "transit-v1" can't be used: Vault at .* can't be reached: connect ECONNREFUSED/,
  );
  await transit.start();
});

it('a server whose key was replaced by another of the same name says so', async () => {
  expect(await failureOf('transit-v1')).toBe('');
  transit.keys.set('mana', [Buffer.alloc(32, 9)]);
  expect(await failureOf('transit-v1')).toMatch(
    /the key "transit-v1" is not the one that vaults were wrapped under/,
  );
});
