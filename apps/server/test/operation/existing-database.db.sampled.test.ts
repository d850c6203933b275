import {
  createExistingDatabase,
  EXISTING_DATABASE_KINDS,
} from '@mana/db/testing/existing-database';
import {
  EXISTING_PASSWORD,
  EXISTING_USERS,
  EXISTING_VAULT,
} from '@mana/db/testing/existing-database/rows';
import { inProofs } from '@mana/db/testing/in-proofs';
import { createEmptyTestDatabase } from '@mana/db/testing/test-database';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server.ts';
import { ApiClient } from '../harness/api-client.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { createExistingSecrets } from '../harness/older-secrets.ts';

const SECRET = 'a secret of the tests, and of nothing else';

type Kind = (typeof EXISTING_DATABASE_KINDS)[number];

async function startOn(kind: Kind, environment: Record<string, string> = {}) {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, kind, await createExistingSecrets(SECRET));
  const { log } = createCapturedLog();
  const config = createTestConfig({
    DATABASE_URL: database.appUrl,
    MIGRATION_DATABASE_URL: database.ownerUrl,
    MANA_AUTH_SECRET: SECRET,
    ...environment,
  });
  const server = await startServer({
    config,
    log,
    onMail: () => undefined,
    now: () => new Date(),
  });
  onTestFinished(() => server.close());
  server.ready.catch(() => undefined);
  const { deps } = await server.ready;
  return { client: new ApiClient(`http://127.0.0.1:${server.port}`), deps };
}

it.each(inProofs<readonly Kind[]>(EXISTING_DATABASE_KINDS, { otherwise: ['partial'] }))(
  'a user of an existing database of the kind %s signs in with the same password, whatever case the address is typed in',
  async (kind) => {
    const { client, deps } = await startOn(kind);
    const email = EXISTING_USERS.eve.email.toUpperCase();
    const wrong = await client.call('auth.login', { email, password: 'something else entirely' });
    expect([wrong.status, wrong.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    await client.expectSuccess('auth.login', { email, password: EXISTING_PASSWORD });
    if (kind !== 'minimal') expect(deps.signingKeys.current().kid).toBe('signing-key-1');
  },
);

it('a user with a second factor is still asked for it', async () => {
  const { client } = await startOn('drizzle');
  for (const { email } of [EXISTING_USERS.ada, EXISTING_USERS.cyd]) {
    const answer = await client.call('auth.login', { email, password: EXISTING_PASSWORD });
    expect([answer.status, answer.code]).toEqual([401, 'TWO_FACTOR_REQUIRED']);
  }
});

it.each(inProofs<readonly Kind[]>(['plain', 'drizzle'], { otherwise: ['plain'] }))(
  'a vault in format 1 of a database of the kind %s opens with the same key',
  async (kind) => {
    const { client, deps } = await startOn(kind);
    await sql`update auth.users set two_factor_enabled = false`.execute(deps.db);
    await sql`delete from auth.two_factor_auth`.execute(deps.db);
    const { email } = EXISTING_USERS.ada;
    await client.expectSuccess('auth.login', { email, password: EXISTING_PASSWORD });
    expect(await client.expectSuccess('vault.key')).toEqual({
      masterKey: EXISTING_VAULT.masterKey,
      formatVersion: 1,
      kekId: 'env-v1',
      generation: 1,
    });
    expect(await client.expectSuccess('vault.status')).toMatchObject({
      generation: 1,
      revision: 1,
    });
  },
);

it('a key that opens none of the vaults that are there ends the start, in words', async () => {
  const MANA_AUTH_KEK = Buffer.alloc(32, 9).toString('base64');
  await expect(startOn('plain', { MANA_AUTH_KEK })).rejects.toThrow(
    'the key "env-v1" is not the one that vaults were wrapped under',
  );
});

it('vaults under a key that is missing end the start, in words', async () => {
  await expect(startOn('plain', { MANA_AUTH_KEK_ID: 'env-v2' })).rejects.toThrow(
    'vaults are wrapped under the key "env-v1", which is missing',
  );
});
