import { expect, it } from 'vitest';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { importAesKey, openAesGcm, sealAesGcm } from './aes-gcm.ts';
import { deriveAesKey, deriveBytes, importSecret } from './secret.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

/** Source, input, info, output: the published cases without a salt, which is how we use it. */
const PUBLISHED = [
  [
    'RFC 5869 appendix A.3',
    '0b'.repeat(22),
    '',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
  // C2SP Wycheproof, testvectors_v1/hkdf_sha256_test.json, by tcId.
  [
    'Wycheproof 8',
    'c181696a19ab1a32eb6e81b2925d8990',
    'd8c8de92fe5422c9825996354db1821ba43a81ac',
    '151ee737f049d18cdeb3010a0fbb606461875b22ac76487874498808248cf607e1cf7f3fc52b3a28ac64',
  ],
  [
    'Wycheproof 9',
    '55fb6dcc7802354e55a45a6e41858c05',
    'dcd590e418b259c64fb9e139b3a1280d5de8400b',
    '6ca91e1a6c0eb286d6fea277e9936f2486104c4c5d473a92872009f04aa545a61d03d83e14aa0965ba355551b93073ef91382c88afad091c62f6f65188f789e3',
  ],
] as const;

it.each(PUBLISHED)('derives what %s publishes', async (_, input, info, output) => {
  const secret = await importSecret(hex(input));
  expect(await deriveBytes(secret, hex(info), output.length / 2)).toEqual(hex(output));
});

it('derives an AES key from the same bytes', async () => {
  const secret = await importSecret(secretOf(1));
  const key = await deriveAesKey(secret, Uint8Array.of(7), ['encrypt']);
  const bytes = await deriveBytes(secret, Uint8Array.of(7), 32);
  const { iv, sealed } = await sealAesGcm(key, secretOf(2), hex(''));
  const same = await importAesKey(bytes, ['decrypt']);
  expect(await openAesGcm(same, { iv, sealed }, hex(''))).toEqual(secretOf(2));
  expect(key).toMatchObject({ extractable: false, usages: ['encrypt'] });
});

it('derives other bytes for other info and for another secret', async () => {
  const [first, second] = await Promise.all([secretOf(1), secretOf(2)].map(importSecret));
  if (!first || !second) throw new Error('no secrets');
  const derived = await Promise.all([
    deriveBytes(first, Uint8Array.of(1), 32),
    deriveBytes(first, Uint8Array.of(2), 32),
    deriveBytes(second, Uint8Array.of(1), 32),
  ]);
  expect(new Set(derived.map(String)).size).toBe(3);
});

it('never reveals a secret again', async () => {
  const secret = await importSecret(secretOf(1));
  expect(secret.extractable).toBe(false);
  await expect(crypto.subtle.exportKey('raw', secret)).rejects.toThrow();
});
