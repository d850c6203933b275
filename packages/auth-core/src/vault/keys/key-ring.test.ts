import { describe, expect, it, vi } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { testKeyProvider } from '../../../test/vault/key-provider.contract.ts';
import { createTestRing, ENV_V1, ENV_V2 } from '../../../test/vault/key-ring.fixture.ts';
import { ada, bob } from '../../../test/vault/people.fixture.ts';
import { gcmSeal } from '../../../test/vault/second-implementation.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { encodeBase64 } from '../format/base64.ts';
import { generateMasterKey, unwrapMasterKey, wrapMasterKey } from '../wraps/master-key-wrap.ts';
import { createKeyRing } from './key-ring.ts';

describe('the key ring as a key provider', () => testKeyProvider(createTestRing));

/** As in existing rows: under the KEK itself, with nothing bound. */
function makeFormat1(masterKey = secretOf(9)) {
  const iv = Buffer.alloc(12, 5);
  const sealed = gcmSeal(Buffer.from(secretOf(1)), iv, Buffer.from(masterKey), Buffer.alloc(0));
  const wrapped = sealed.toString('base64');
  return { wrapped, iv: iv.toString('base64'), formatVersion: 1, kekId: ENV_V1 };
}

it('writes format 2: 80 bytes beside an IV of 12', async () => {
  const stored = await wrapMasterKey(await createTestRing(), secretOf(9), ada);
  expect(stored).toMatchObject({ formatVersion: 2, kekId: 'env-v1' });
  expect(Buffer.from(stored.wrapped, 'base64')).toHaveLength(80);
  expect(Buffer.from(stored.iv, 'base64')).toHaveLength(12);
});

it('opens with every KEK that it has, and wraps with the active one', async () => {
  const stored = await wrapMasterKey(await createTestRing(), secretOf(9), ada);
  const next = await createTestRing({ activeKekId: ENV_V2 });
  expect(next.kekIds).toEqual([ENV_V1, ENV_V2]);
  expect(await unwrapMasterKey(next, stored, ada)).toEqual(secretOf(9));
  expect(await wrapMasterKey(next, secretOf(9), ada)).toMatchObject({ kekId: 'env-v2' });
});

it('refuses another KEK under the same id before anything is decrypted', async () => {
  const stored = await wrapMasterKey(await createTestRing(), secretOf(9), ada);
  const keks = [{ id: ENV_V1, bytes: secretOf(3) }];
  const stranger = await createKeyRing({ keks, activeKekId: ENV_V1 });
  const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
  await expectUnreadable(() => unwrapMasterKey(stranger, stored, ada));
  expect(decrypt).not.toHaveBeenCalled();
  decrypt.mockRestore();
});

it('reads format 1, for a master key of generation 1', async () => {
  const ring = await createTestRing();
  expect(await unwrapMasterKey(ring, makeFormat1(), ada)).toEqual(secretOf(9));
});

it('reads format 1 neither for a later generation nor for another purpose', async () => {
  const ring = await createTestRing();
  await expectUnreadable(() => unwrapMasterKey(ring, makeFormat1(), { ...ada, generation: 2 }));
  const subject = { purpose: 'recovery', owner: 'user-ada', generation: 1, location: [] } as const;
  await expectUnreadable(() => ring.unwrap(makeFormat1(), subject));
});

it('reads format 1 under no other version number', async () => {
  const ring = await createTestRing();
  for (const formatVersion of [0, 2, 3, 1.5]) {
    await expectUnreadable(() => unwrapMasterKey(ring, { ...makeFormat1(), formatVersion }, ada));
  }
});

it("doesn't read format 1 once it is told to refuse it", async () => {
  const ring = await createTestRing({ refusesFormat1: true });
  await expectUnreadable(() => unwrapMasterKey(ring, makeFormat1(), ada));
});

it("opens nothing of 31 or 33 bytes, which can't be a master key", async () => {
  const ring = await createTestRing();
  for (const length of [0, 31, 33]) {
    const stored = makeFormat1(new Uint8Array(length));
    await expectUnreadable(() => unwrapMasterKey(ring, stored, ada));
  }
});

it("wipes what it unwrapped if that can't be a master key", async () => {
  const ring = await createTestRing();
  const opened = new Uint8Array(33).fill(1);
  const provider = { ...ring, unwrap: async () => opened };
  await expectUnreadable(() => unwrapMasterKey(provider, makeFormat1(), ada));
  expect(opened).toEqual(new Uint8Array(33));
});

it('wraps nothing but 32 bytes', async () => {
  const ring = await createTestRing();
  await expect(wrapMasterKey(ring, new Uint8Array(31), ada)).rejects.toThrow(TypeError);
});

it("opens no other user's wrap that was put into the row", async () => {
  const ring = await createTestRing();
  const stored = await wrapMasterKey(ring, secretOf(9), bob);
  await expectUnreadable(() => unwrapMasterKey(ring, stored, ada));
});

it("holds keys that can't be extracted, and that encrypt nothing under a KEK itself", async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey');
  await createTestRing();
  const imported = importKey.mock.calls.map(([, , algorithm, isExtractable, usages]) => ({
    algorithm,
    isExtractable,
    usages,
  }));
  importKey.mockRestore();
  const hkdf = { algorithm: 'HKDF', isExtractable: false, usages: ['deriveBits', 'deriveKey'] };
  const aes = { algorithm: 'AES-GCM', isExtractable: false, usages: ['decrypt'] };
  expect(imported).toEqual([hkdf, aes, hkdf, aes]);
});

it('wipes the KEKs that it was given, even if it refuses them', async () => {
  const good = [{ id: ENV_V1, bytes: secretOf(1) }];
  await createKeyRing({ keks: good, activeKekId: ENV_V1 });
  const bad = [
    { id: ENV_V1, bytes: secretOf(1) },
    { id: ENV_V2, bytes: new Uint8Array(31).fill(1) },
  ];
  await expect(createKeyRing({ keks: bad, activeKekId: ENV_V1 })).rejects.toThrow(TypeError);
  for (const { bytes } of [...good, ...bad]) expect(bytes.every((byte) => byte === 0)).toBe(true);
});

it('refuses a repeated id, a missing active KEK, and an empty ring', async () => {
  const kek = (id: typeof ENV_V1) => ({ id, bytes: secretOf(1) });
  const twice = { keks: [kek(ENV_V1), kek(ENV_V1)], activeKekId: ENV_V1 };
  await expect(createKeyRing(twice)).rejects.toThrow('The kek "env-v1" is given twice');
  const missing = { keks: [kek(ENV_V1)], activeKekId: ENV_V2 };
  await expect(createKeyRing(missing)).rejects.toThrow('"env-v2" is not on the ring');
  await expect(createKeyRing({ keks: [], activeKekId: ENV_V1 })).rejects.toThrow(TypeError);
});

it('makes a new master key each time', () => {
  const keys = Array.from({ length: 100 }, () => encodeBase64(generateMasterKey()));
  expect(new Set(keys).size).toBe(100);
});
