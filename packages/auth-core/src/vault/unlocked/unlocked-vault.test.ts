import { expect, it } from 'vitest';
import { ada } from '../../../test/vault/people.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { decryptField, encryptField } from './fields.ts';
import { unlockVault } from './unlocked-vault.ts';

const location = { recordId: 'note-1', field: 'body' };

it('wipes the bytes that it was given, even if it refuses them', async () => {
  const good = secretOf(9);
  await unlockVault(good, ada);
  const short = secretOf(9).slice(1);
  await expect(unlockVault(short, ada)).rejects.toThrow(TypeError);
  const early = secretOf(9);
  await expect(unlockVault(early, { ...ada, generation: 0 })).rejects.toThrow(TypeError);
  for (const bytes of [good, short, early]) expect(bytes.every((byte) => byte === 0)).toBe(true);
});

it('never reveals a key again', async () => {
  const vault = await unlockVault(secretOf(9), ada);
  for (const key of [vault.secret, vault.fieldKey, vault.format1FieldKey]) {
    if (!key) throw new Error('no key');
    expect(key.extractable).toBe(false);
    for (const format of ['raw', 'jwk'] as const) {
      await expect(crypto.subtle.exportKey(format, key)).rejects.toThrow();
    }
  }
});

it('survives being stored in IndexedDB', async () => {
  const vault = await unlockVault(secretOf(9), ada);
  const encrypted = await encryptField(vault, location, 'a secret');
  const stored = structuredClone(vault);
  expect(await decryptField(stored, location, encrypted)).toBe('a secret');
  expect(stored.secret.extractable).toBe(false);
});

it("reads older fields with a first key, and can't write them with any", async () => {
  const first = await unlockVault(secretOf(9), ada);
  expect(first.format1FieldKey?.usages).toEqual(['decrypt']);
  const second = await unlockVault(secretOf(9), { ...ada, generation: 2 });
  expect(second.format1FieldKey).toBeNull();
});
