import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataOf } from '../../test/test-client.fixture.ts';
import { createVaultBrowser, type VaultBrowser } from '../../test/vault/vault-browser.fixture.ts';
import { createVaultModel } from '../../test/vault/vault-model.fixture.ts';
import type { VaultClient } from './vault-client.ts';

let browser: VaultBrowser;
let vault: VaultClient;
beforeEach(async () => {
  const model = createVaultModel();
  browser = createVaultBrowser(model);
  ({ vault } = await browser.openSignedIn());
  dataOf(await vault.init());
});
afterEach(() => browser.close());

const location = { recordId: 'note-1', field: 'body' };

it.each(['', 'Grüße, Ada', '\uFEFFx', 'enc:2:1.a.b', 'x'.repeat(100_000)])(
  'text comes back as it went in (%#)',
  async (value) => {
    const encrypted = dataOf(await vault.encryptValue({ ...location, value }));
    expect(encrypted).toMatch(/^enc:2:1\./);
    expect(dataOf(await vault.decryptValue({ ...location, value: encrypted }))).toBe(value);
  },
);

it('a value can be decrypted for its own record and field only', async () => {
  const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  for (const moved of [
    { recordId: 'note-2', field: 'body', value },
    { recordId: 'note-1', field: 'title', value },
    { ...location, value: value.replace('enc:2:1.', 'enc:2:2.') },
    { ...location, value: value.slice(0, -4) },
    { ...location, value: 'never encrypted' },
  ]) {
    expect(await vault.decryptValue(moved)).toMatchObject({
      code: 'VAULT_UNREADABLE',
      field: moved.field,
    });
  }
  expect(vault.state.get()).toMatchObject({ status: 'unlocked' });
});

it('half a character is VALIDATION, in a text and in its location', async () => {
  for (const input of [
    { ...location, value: 'a\uD800' },
    { ...location, recordId: '\uD800', value: 'a' },
  ]) {
    expect(await vault.encryptValue(input)).toMatchObject({ code: 'VALIDATION', field: 'body' });
  }
});

it('the texts of a record are encrypted together, and null and undefined stay', async () => {
  const fields = { title: 'Monday', body: 'Grüße', tag: null, draft: undefined };
  const encrypted = dataOf(await vault.encryptFields({ recordId: 'note-1', fields }));
  expect(encrypted.title).toMatch(/^enc:2:/);
  expect(encrypted).toMatchObject({ tag: null, draft: undefined });
  const record = { recordId: 'note-1', fields: encrypted };
  expect(dataOf(await vault.decryptFields(record))).toEqual(fields);
  const { title, body } = encrypted;
  const swapped = { recordId: 'note-1', fields: { title: body, body: title } };
  expect(await vault.decryptFields(swapped)).toMatchObject({
    code: 'VAULT_UNREADABLE',
    field: 'title',
  });
});

it('a locked vault encrypts and decrypts nothing', async () => {
  const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  dataOf(await vault.lock());
  const record = { recordId: 'note-1', fields: { body: value } };
  for (const result of [
    await vault.encryptValue({ ...location, value }),
    await vault.decryptValue({ ...location, value }),
    await vault.encryptFields(record),
    await vault.decryptFields(record),
  ]) {
    expect(result).toMatchObject({ code: 'FORBIDDEN', error: expect.stringContaining('locked') });
  }
});
