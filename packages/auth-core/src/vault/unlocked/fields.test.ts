import { expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { ada, bob } from '../../../test/vault/people.fixture.ts';
import { gcmSeal } from '../../../test/vault/second-implementation.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { decryptField, encryptField } from './fields.ts';
import { unlockVault } from './unlocked-vault.ts';

const location = { recordId: 'note-1', field: 'body' };
const unlockAda = (generation = 1) => unlockVault(secretOf(9), { ...ada, generation });

function makeFormat1(text: string | Buffer): string {
  const iv = Buffer.alloc(12, 5);
  const sealed = gcmSeal(Buffer.from(secretOf(9)), iv, Buffer.from(text), Buffer.alloc(0));
  return `enc:1:${iv.toString('base64')}.${sealed.toString('base64')}`;
}

it.each([
  ['nothing', ''],
  ['text', 'Grüße 👋'],
  ['a byte order mark', '\ufeffa'],
  ['what looks encrypted', 'enc:2:1.AAAA.AAAA'],
  ['a lot', 'é'.repeat(100_000)],
])('returns %s as it was', async (_, text) => {
  const vault = await unlockAda(3);
  const encrypted = await encryptField(vault, location, text);
  expect(encrypted).toMatch(/^enc:2:3\.[A-Za-z0-9+/]{16}\.[A-Za-z0-9+/]+=*$/);
  expect(await decryptField(vault, location, encrypted)).toBe(text);
});

it('encrypts the same text differently each time', async () => {
  const vault = await unlockAda();
  const all = await Promise.all(
    Array.from({ length: 50 }, () => encryptField(vault, location, 'same')),
  );
  expect(new Set(all).size).toBe(50);
});

it('opens in no other record, field, generation, or vault', async () => {
  const vault = await unlockAda();
  const encrypted = await encryptField(vault, location, 'a secret');
  await expectUnreadable(() => decryptField(vault, { ...location, recordId: 'note-2' }, encrypted));
  await expectUnreadable(() => decryptField(vault, { ...location, field: 'title' }, encrypted));
  const shifted = { recordId: 'note-1body', field: '' };
  await expectUnreadable(() => decryptField(vault, shifted, encrypted));
  const others = [
    await unlockAda(2),
    await unlockVault(secretOf(9), bob),
    await unlockVault(secretOf(10), ada),
  ];
  for (const other of others)
    await expectUnreadable(() => decryptField(other, location, encrypted));
});

it('opens under no generation but its own, even if the text names another', async () => {
  const second = await unlockAda(2);
  const encrypted = await encryptField(await unlockAda(), location, 'a secret');
  await expectUnreadable(() => decryptField(second, location, encrypted.replace('2:1.', '2:2.')));
});

it("doesn't open with another generation written over its own", async () => {
  const vault = await unlockAda();
  const encrypted = await encryptField(vault, location, 'a secret');
  const relabelled = encrypted.replace('2:1.', '2:2.');
  await expectUnreadable(() => decryptField(vault, location, relabelled));
});

it('reads the older form in any location, with a first key only', async () => {
  const elsewhere = { recordId: 'any', field: 'any' };
  expect(await decryptField(await unlockAda(), elsewhere, makeFormat1('old'))).toBe('old');
  const second = await unlockAda(2);
  await expectUnreadable(() => decryptField(second, elsewhere, makeFormat1('old')));
});

it('never reads one form as the other', async () => {
  const vault = await unlockAda();
  const [, iv, sealed] = (await encryptField(vault, location, 'a secret')).split('.');
  await expectUnreadable(() => decryptField(vault, location, `enc:1:${iv}.${sealed}`));
  const older = makeFormat1('old').replace('enc:1:', 'enc:2:1.');
  await expectUnreadable(() => decryptField(vault, location, older));
});

it("opens nothing that isn't UTF-8", async () => {
  const vault = await unlockAda();
  const broken = makeFormat1(Buffer.from([0xff, 0xfe]));
  await expectUnreadable(() => decryptField(vault, location, broken));
});

it("refuses text that wouldn't come back unchanged", async () => {
  const vault = await unlockAda();
  await expect(encryptField(vault, location, 'half \ud83d')).rejects.toThrow(TypeError);
});

it('opens nothing that is spelt differently', async () => {
  const vault = await unlockAda();
  const encrypted = await encryptField(vault, location, 'a secret');
  const [head, iv, sealed] = encrypted.split('.');
  for (const other of [
    '',
    'plain text',
    encrypted.toUpperCase(),
    ` ${encrypted}`,
    `${encrypted}\n`,
    `${encrypted}.`,
    `${encrypted}.AAAA`,
    encrypted.replace('enc:2:1', 'enc:2:01'),
    encrypted.replace('enc:2:1', 'enc:2:+1'),
    encrypted.replace('enc:2:1', 'enc:2:'),
    encrypted.replace('enc:2:', 'enc:3:'),
    `${head}.${iv}.`,
    `${head}..${sealed}`,
    `${head}.${sealed}.${iv}`,
  ]) {
    await expectUnreadable(() => decryptField(vault, location, other));
  }
});
