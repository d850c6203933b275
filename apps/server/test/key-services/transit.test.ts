import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectUnreadable } from '@mana/auth-core/test/vault/expect-unreadable.fixture';
import { encodeBase64, parseBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { ServerWrap } from '@mana/auth-core/vault/keys/key-provider';
import {
  generateMasterKey,
  unwrapMasterKey,
  wrapMasterKey,
} from '@mana/auth-core/vault/wraps/master-key-wrap';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openKeyProvider } from '../../src/key-providers/open-key-provider.ts';
import { createVaultToken } from '../../src/key-providers/vault-token.ts';
import { createTestConfig } from '../harness/config.ts';
import { openTransit, TOKEN } from '../harness/key-services/key-providers.ts';
import { startTransitServer, type TransitServer } from '../harness/key-services/transit-server.ts';
import { createCapturedLog } from '../harness/log-lines.ts';

const ADA = { userId: parseUserId('user-ada'), generation: 1 };
const key = generateMasterKey();
let server: TransitServer;

beforeEach(async () => {
  server = await startTransitServer(['one', 'two']);
});
afterEach(() => server.stop());

const change = (stored: ServerWrap, from: string, to: string): ServerWrap => {
  const bytes = parseBase64(stored.wrapped);
  const text = Buffer.from(bytes).toString('latin1').replace(from, to);
  return { ...stored, wrapped: encodeBase64(Uint8Array.from(Buffer.from(text, 'latin1'))) };
};

it('opens what earlier versions of the key sealed, and seals with the newest', async () => {
  const provider = openTransit(server);
  const first = await wrapMasterKey(provider, key, ADA);
  server.keys.get('one')?.push(Buffer.alloc(32, 9));
  const second = await wrapMasterKey(provider, key, ADA);
  for (const stored of [first, second]) {
    expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
  }
  const sealedBy = ({ wrapped }: ServerWrap) =>
    Buffer.from(wrapped, 'base64').toString('latin1').slice(2, 11);
  expect([sealedBy(first), sealedBy(second)]).toEqual(['vault:v1:', 'vault:v2:']);
});

it('doesn’t send a text that Transit never wrote, though Transit would accept it', async () => {
  const provider = openTransit(server);
  const stored = await wrapMasterKey(provider, key, ADA);
  const asked = server.requests.length;
  for (const prefix of ['vault:v0:', 'vault:v-:', 'vault:vx:', 'vaulT:v1:', '\nault:v1:']) {
    await expectUnreadable(() =>
      unwrapMasterKey(provider, change(stored, 'vault:v1:', prefix), ADA),
    );
  }
  expect(server.requests).toHaveLength(asked);
});

it('makes Vault itself bind the whole context', async () => {
  await wrapMasterKey(openTransit(server), key, ADA);
  const { associated_data: bound } = JSON.parse(server.requests.at(-1)?.body ?? '');
  const context = Buffer.from(bound, 'base64').toString('latin1');
  for (const part of ['mana-vault', 'user-ada', 'transit/1']) expect(context).toContain(part);
});

describe('says what to do', () => {
  const failure = async (stored?: ServerWrap) => {
    const provider = openTransit(server);
    const asking = stored
      ? unwrapMasterKey(provider, stored, ADA)
      : wrapMasterKey(provider, key, ADA);
    return asking.then(
      () => expect.fail('It was answered'),
      (error: Error) => error.message,
    );
  };

  it('about a token, a seal, a mount, a key and its type', async () => {
    server.tokens.clear();
    expect(await failure()).toMatch(/refuses the token.* transit\/encrypt\/one$/);
    server.tokens.add(TOKEN);
    server.isSealed = true;
    expect(await failure()).toMatch(/is sealed or not active/);
    server.isSealed = false;
    server.keyType = 'rsa-4096';
    expect(await failure()).toMatch(/takes no associated data, create one of type aes256-gcm96/);
    server.keys.delete('one');
    expect(await failure()).toMatch(/has no such key: transit\/encrypt\/one$/);
  });

  it('about a version that is no longer allowed, and a key that is gone', async () => {
    const stored = await wrapMasterKey(openTransit(server), key, ADA);
    server.keys.get('one')?.push(Buffer.alloc(32, 9));
    server.minDecryptionVersion = 2;
    expect(await failure(stored)).toMatch(/lower its min_decryption_version/);
    server.minDecryptionVersion = 1;
    server.keys.delete('one');
    expect(await failure(stored)).toMatch(/has no such key: transit\/decrypt\/one$/);
  });
});

it('reaches another mount, in a namespace, as configured', async () => {
  const other = await startTransitServer(['kek'], { mount: 'team/keys', namespace: 'auth' });
  const { keks } = createTestConfig({
    MANA_AUTH_KEK: 'transit:team/keys/kek',
    VAULT_ADDR: `${other.origin}/`,
    VAULT_TOKEN: TOKEN,
    VAULT_NAMESPACE: 'auth',
  });
  const provider = await openKeyProvider(keks, createCapturedLog().log);
  const stored = await wrapMasterKey(provider, key, ADA);
  expect(await unwrapMasterKey(provider, stored, ADA)).toEqual(key);
  await other.stop();
});

describe('a token in a file', () => {
  let folder: string;
  let file: string;
  let nowMs = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mana-token-'));
    file = join(folder, 'token');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** As a Vault Agent does it. */
  async function put(token: string): Promise<void> {
    await writeFile(`${file}.new`, `${token}\n`);
    await rename(`${file}.new`, file);
  }
  const open = () =>
    openTransit(server, { token: createVaultToken({ token: null, tokenFile: file }, () => nowMs) });
  const shown = () => server.requests.map(({ headers }) => headers['x-vault-token']);

  it('is reread after five seconds, or as soon as the old one is refused', async () => {
    await put(TOKEN);
    const provider = open();
    await wrapMasterKey(provider, key, ADA);
    server.tokens.add('hvs.the-next');
    await put('hvs.the-next');
    await wrapMasterKey(provider, key, ADA);
    nowMs += 5000;
    await wrapMasterKey(provider, key, ADA);
    expect(shown()).toEqual([TOKEN, TOKEN, 'hvs.the-next']);

    server.tokens.clear();
    server.tokens.add('hvs.the-third');
    await put('hvs.the-third');
    await wrapMasterKey(provider, key, ADA);
    expect(shown().slice(3)).toEqual(['hvs.the-next', 'hvs.the-third']);
  });

  it('that is refused is not sent over and over', async () => {
    await put('hvs.refused');
    await expect(wrapMasterKey(open(), key, ADA)).rejects.toThrow('refuses the token');
    expect(shown()).toEqual(['hvs.refused']);
  });

  it.each(['', 'two words', 'a\nheader: of its own', 'ümlaut'])(
    'that holds no token (%j) is named, and nothing of it',
    async (text) => {
      await put(text);
      const error = await wrapMasterKey(open(), key, ADA).catch((reason: Error) => reason);
      expect(error).toHaveProperty('message', `VAULT_TOKEN_FILE holds no token: ${file}`);
      expect(server.requests).toHaveLength(0);
    },
  );

  it('that is missing is reported, and used as soon as it exists', async () => {
    await rm(file);
    const provider = open();
    await expect(wrapMasterKey(provider, key, ADA)).rejects.toThrow(`can't be read: ${file}`);
    await put(TOKEN);
    await wrapMasterKey(provider, key, ADA);
  });
});
