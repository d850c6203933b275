import { describe, expect, it, vi } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { testKeyProvider } from '../../../test/vault/key-provider.contract.ts';
import { TestKeyService } from '../../../test/vault/key-service.fixture.ts';
import { ada } from '../../../test/vault/people.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { encodeBase64, parseBase64 } from '../format/base64.ts';
import { unwrapMasterKey, wrapMasterKey } from '../wraps/master-key-wrap.ts';
import { createServiceProvider } from './key-service.ts';

describe('a key service as a key provider', () =>
  testKeyProvider(async () => createServiceProvider(new TestKeyService())));

it('never shows the service a master key, and sends it a new key each time', async () => {
  const service = new TestKeyService();
  const provider = createServiceProvider(service);
  await wrapMasterKey(provider, secretOf(9), ada);
  await wrapMasterKey(provider, secretOf(9), ada);
  expect(service.seen).toHaveLength(2);
  expect(new Set([...service.seen, secretOf(9)].map(String)).size).toBe(3);
});

it('opens no changed wrap that the service would forgive', async () => {
  const provider = createServiceProvider(new TestKeyService());
  const stored = await wrapMasterKey(provider, secretOf(9), ada);
  const bytes = parseBase64(stored.wrapped);
  const longer = Uint8Array.of(0, 61, ...bytes.slice(2, 62), 0, ...bytes.slice(62));
  await expectUnreadable(() =>
    unwrapMasterKey(provider, { ...stored, wrapped: encodeBase64(longer) }, ada),
  );
});

it("reports a service that can't be reached, which isn't a damaged vault", async () => {
  const service = new TestKeyService();
  const provider = createServiceProvider(service);
  const stored = await wrapMasterKey(provider, secretOf(9), ada);
  service.isDown = true;
  await expect(unwrapMasterKey(provider, stored, ada)).rejects.toThrow('ECONNREFUSED');
  await expect(wrapMasterKey(provider, secretOf(9), ada)).rejects.toThrow('ECONNREFUSED');
});

it('uses only its own keys of the service, whatever a row names', async () => {
  const service = new TestKeyService();
  const unseal = vi.spyOn(service, 'unseal');
  const provider = createServiceProvider(service);
  const stored = await wrapMasterKey(provider, secretOf(9), ada);
  for (const kekId of ['', 'service/3', '../service/1']) {
    await expectUnreadable(() => unwrapMasterKey(provider, { ...stored, kekId }, ada));
  }
  expect(unseal).not.toHaveBeenCalled();
});

it('wipes the one-time key when it wrapped, when it opened, and when the service failed', async () => {
  const service = new TestKeyService();
  const taken: Uint8Array[] = [];
  const provider = createServiceProvider({
    ...service,
    seal: (key, request) => {
      taken.push(key);
      return service.seal(key, request);
    },
    unseal: async (sealed, request) => {
      const key = await service.unseal(sealed, request);
      taken.push(key);
      return key;
    },
  });
  const stored = await wrapMasterKey(provider, secretOf(9), ada);
  await unwrapMasterKey(provider, stored, ada);
  service.isDown = true;
  await expect(wrapMasterKey(provider, secretOf(9), ada)).rejects.toThrow();
  expect(taken).toHaveLength(3);
  for (const key of taken) expect(key.every((byte) => byte === 0)).toBe(true);
});

it('refuses a sealed key too long for its length field', async () => {
  const service = new TestKeyService();
  service.seal = async () => new Uint8Array(65_535);
  const stored = await wrapMasterKey(createServiceProvider(service), secretOf(9), ada);
  expect(parseBase64(stored.wrapped)).toHaveLength(2 + 65_535 + 80);
  for (const length of [0, 65_536]) {
    const service = new TestKeyService();
    service.seal = async () => new Uint8Array(length);
    const wrapping = wrapMasterKey(createServiceProvider(service), secretOf(9), ada);
    await expect(wrapping).rejects.toThrow(TypeError);
  }
});
