import { inspect } from 'node:util';
import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import {
  generateMasterKey,
  unwrapMasterKey,
  wrapMasterKey,
} from '@mana/auth-core/vault/wraps/master-key-wrap';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openKeyProvider } from '../../src/key-providers/open-key-provider.ts';
import { KeyServiceFault } from '../../src/key-providers/post-to-key-service.ts';
import { createTestConfig } from '../harness/config.ts';
import { startHttpService } from '../harness/key-services/http-service.ts';
import { IN_TIME_MS, openKms } from '../harness/key-services/key-providers.ts';
import {
  arnOf,
  CREDENTIALS,
  type KmsServer,
  startKmsServer,
} from '../harness/key-services/kms-server.ts';
import { createCapturedLog } from '../harness/log-lines.ts';

const ADA = { userId: parseUserId('user-ada'), generation: 1 };
const key = generateMasterKey();
let server: KmsServer;

beforeEach(async () => {
  server = await startKmsServer([arnOf('one'), arnOf('two')]);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

it('reveals no user to CloudTrail', async () => {
  const provider = openKms(server);
  await wrapMasterKey(provider, key, ADA);
  await wrapMasterKey(provider, key, { ...ADA, generation: 2 });
  const contexts = server.requests.map(({ body }) => JSON.parse(body).EncryptionContext);
  for (const context of contexts) {
    expect(context).toEqual({ 'mana-vault': expect.stringMatching(/^[\w+/]{43}=$/) });
  }
  expect(contexts[0]).not.toEqual(contexts[1]);
  expect(server.requests.map(({ body }) => body).join()).not.toContain('user-ada');
});

it('opens nothing that a key of another name sealed', async () => {
  const provider = openKms(server);
  const stored = await wrapMasterKey(provider, key, ADA);
  const other = unwrapMasterKey(provider, { ...stored, kekId: 'kms/2' }, ADA);
  await expect(other).rejects.toHaveProperty('code', 'VAULT_UNREADABLE');
});

it('says why it is refused: a key that is gone or disabled, or a wrong signature', async () => {
  const stored = await wrapMasterKey(openKms(server), key, ADA);
  const failure = (provider = openKms(server)) =>
    unwrapMasterKey(provider, stored, ADA).then(
      () => expect.fail('It was answered'),
      (error: Error) => error.message,
    );
  const one = server.keys.get(arnOf('one'));
  if (one) one.isEnabled = false;
  expect(await failure()).toContain(`refuses Decrypt with ${arnOf('one')}: DisabledException, 400`);
  server.keys.delete(arnOf('one'));
  expect(await failure()).toContain('NotFoundException');
  const stranger = { ...CREDENTIALS, secretAccessKey: 'of somebody else' };
  expect(await failure(openKms(server, { findCredentials: async () => stranger }))).toContain(
    'InvalidSignatureException',
  );
});

it('is called again when it throttles, which it signals with the status of a refusal', async () => {
  const provider = openKms(server);
  const stored = await wrapMasterKey(provider, key, ADA);
  server.setFault((response) => {
    server.setFault(null);
    const type = 'com.amazonaws.kms#ThrottlingException';
    response.writeHead(400).end(JSON.stringify({ __type: type, message: 'Rate exceeded' }));
  });
  expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
});

it('reveals nothing of credentials that don’t fit into a header', async () => {
  const sessionToken = 'a secret\nof two lines';
  const provider = openKms(server, {
    findCredentials: async () => ({ ...CREDENTIALS, sessionToken }),
  });
  const error = await wrapMasterKey(provider, key, ADA).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KeyServiceFault);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/a secret|two lines/);
});

it('looks credentials up for each call, and needs none at first', async () => {
  let found = 0;
  const provider = openKms(server, {
    async findCredentials() {
      found += 1;
      if (found === 1) throw new Error(`in a file: ${CREDENTIALS.secretAccessKey}`);
      return CREDENTIALS;
    },
  });
  const error = await wrapMasterKey(provider, key, ADA).catch((reason: Error) => reason);
  expect(error).toHaveProperty('message', expect.stringMatching(/^No credentials for AWS KMS/));
  expect(error).not.toHaveProperty('cause');
  const stored = await wrapMasterKey(provider, key, ADA);
  expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
  expect(found).toBe(3);
});

it('waits no longer for credentials than for KMS itself', async () => {
  const begun = performance.now();
  const provider = openKms(server, { findCredentials: () => new Promise(() => undefined) });
  await expect(wrapMasterKey(provider, key, ADA)).rejects.toThrow('No credentials for AWS KMS');
  expect(performance.now() - begun).toBeLessThan(IN_TIME_MS);
});

it('is reached as configured, next to a key in the environment', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', CREDENTIALS.sessionToken);
  const former = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
  const AWS_ENDPOINT_URL_KMS = server.origin;
  const { log } = createCapturedLog();
  const before = createTestConfig({ MANA_AUTH_KEK: former });
  const after = createTestConfig({
    AWS_ENDPOINT_URL_KMS,
    MANA_AUTH_KEK: arnOf('one'),
    MANA_AUTH_KEK_ID: 'kms-v1',
    MANA_AUTH_ACCEPTED_KEKS: `env-v1=${former},kms-v0=${arnOf('two')}`,
  });
  const old = await wrapMasterKey(await openKeyProvider(before.keks, log), key, ADA);
  const provider = await openKeyProvider(after.keks, log);
  expect(provider.activeKekId).toBe('kms-v1');
  expect(provider.kekIds.toSorted()).toEqual(['env-v1', 'kms-v0', 'kms-v1']);
  expect(await unwrapMasterKey(provider, old, ADA)).toEqual(key);
  const stored = await wrapMasterKey(provider, key, ADA);
  expect([stored.kekId, stored.formatVersion]).toEqual(['kms-v1', 3]);
  expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
});

it('uses the role of a container, whose credentials expire and are renewed', async () => {
  const role = await startHttpService(({ headers }) => ({
    status: headers['authorization'] === 'the container itself' ? 200 : 403,
    body: {
      AccessKeyId: CREDENTIALS.accessKeyId,
      SecretAccessKey: CREDENTIALS.secretAccessKey,
      Token: CREDENTIALS.sessionToken,
      Expiration: new Date(Date.now() + 60_000).toISOString(),
    },
  }));
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${role.origin}/credentials`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'the container itself');
  const { keks } = createTestConfig({
    MANA_AUTH_KEK: arnOf('one'),
    AWS_ENDPOINT_URL_KMS: server.origin,
  });
  const provider = await openKeyProvider(keks, createCapturedLog().log);
  const stored = await wrapMasterKey(provider, key, ADA);
  expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
  expect(role.requests.length).toBeGreaterThan(1);
  await role.stop();
});
