import { expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { importAesKey, openAesGcm, sealAesGcm } from './aes-gcm.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const NONE = new Uint8Array(0);

const K = 'feffe9928665731c6d6a8f9467308308'.repeat(2);
const P =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
const C =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662';

/** Name, key, IV, associated data, plaintext, ciphertext, tag. */
const PUBLISHED = [
  // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, 256-bit keys.
  [
    'GCM test case 13',
    '00'.repeat(32),
    '00'.repeat(12),
    '',
    '',
    '',
    '530f8afbc74536b9a963b4f1c4cb738b',
  ],
  [
    'GCM test case 14',
    '00'.repeat(32),
    '00'.repeat(12),
    '',
    '00'.repeat(16),
    'cea7403d4d606b6e074ec5d3baf39d18',
    'd0d1c8a799996bf0265b98b5d48ab919',
  ],
  [
    'GCM test case 15',
    K,
    'cafebabefacedbaddecaf888',
    '',
    `${P}1aafd255`,
    `${C}898015ad`,
    'b094dac5d93471bdec1a502270e3cc6c',
  ],
  [
    'GCM test case 16',
    K,
    'cafebabefacedbaddecaf888',
    'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    P,
    C,
    '76fc6ece0f4e1768cddf8853bb2d551b',
  ],
  // C2SP Wycheproof, testvectors_v1/aes_gcm_test.json, by tcId.
  [
    'Wycheproof 91',
    '92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20',
    '00112233445566778899aabb',
    '00000000ffffffff',
    '00010203040506070809',
    'e27abdd2d2a53d2f136b',
    '9a4a2579529301bcfb71c78d4060f52c',
  ],
  [
    'Wycheproof 92',
    '29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123',
    '00112233445566778899aabb',
    'aabbccddeeff',
    '',
    '',
    '2a7d77fa526b8250cb296078926b5020',
  ],
  [
    'Wycheproof 99',
    '0212a8de5007ed87b33f1a7090b6114f9e08cefd9607f2c276bdcfdbc5ce9cd7',
    'e6b1adf2fd58a8762c65f31b',
    '',
    '10f1ecf9c60584665d9ae5efe279e7f7377eea6916d2b111',
    '0843fff52d934fc7a071ea62c0bd351ce85678cde3ea2c9e',
    '7355fde599006715053813ce696237a8',
  ],
  [
    'Wycheproof 103',
    'ff0089ee870a4a39f645b0a5da774f7a5911e9696fc9cad646452c2aa8595a12',
    'bc2a7757d0ce2d8b1f14ccd9',
    '972ab4e06390caae8f99dd6e2187be6c7ff2c08a24be16ef',
    '748b28031621d95ee61812b4b4f47d04c6fc2ff3',
    'a929ee7e67c7a2f91bbcec6389a3caf43ab49305',
    'ebec6774b955e789591c822dab739e12',
  ],
] as const;

it.each(PUBLISHED)('opens %s, and not with any bit of its tag changed', async (...vector) => {
  const [, keyBytes, iv, data, plaintext, ciphertext, tag] = vector;
  const key = await importAesKey(hex(keyBytes), ['decrypt']);
  const sealed = hex(ciphertext + tag);
  expect(await openAesGcm(key, { iv: hex(iv), sealed }, hex(data))).toEqual(hex(plaintext));
  for (let bit = 0; bit < 128; bit += 1) {
    const changed = sealed.slice();
    const at = sealed.length - 16 + (bit >>> 3);
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
    await expectUnreadable(() => openAesGcm(key, { iv: hex(iv), sealed: changed }, hex(data)));
  }
});

it.each([0, 1, 8, 11, 13, 16])(
  'refuses an IV of %i bytes, though GCM would take it',
  async (length) => {
    const bytes = secretOf(1);
    const key = await importAesKey(bytes, ['decrypt']);
    const iv = new Uint8Array(length);
    // What somebody else could have sealed under such an IV, where the platform accepts it.
    const stranger = await importAesKey(bytes, ['encrypt']);
    const sealed = await crypto.subtle
      .encrypt({ name: 'AES-GCM', iv, tagLength: 128 }, stranger, bytes)
      .catch(() => new ArrayBuffer(48));
    await expectUnreadable(() => openAesGcm(key, { iv, sealed: new Uint8Array(sealed) }, NONE));
  },
);

it('refuses shortened tags, though GCM allows them', async () => {
  const bytes = secretOf(1);
  const key = await importAesKey(bytes, ['encrypt', 'decrypt']);
  for (const tagLength of [32, 64, 96, 104, 112, 120]) {
    const iv = new Uint8Array(12);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, tagLength }, key, bytes);
    await expectUnreadable(() => openAesGcm(key, { iv, sealed: new Uint8Array(sealed) }, NONE));
  }
});

it('seals under 96 fresh bits each time, with a tag of 128', async () => {
  const key = await importAesKey(secretOf(1), ['encrypt']);
  const boxes = await Promise.all(
    Array.from({ length: 100 }, () => sealAesGcm(key, secretOf(2), NONE)),
  );
  expect(new Set(boxes.map(({ iv }) => String(iv))).size).toBe(100);
  for (const { iv, sealed } of boxes) expect([iv.length, sealed.length]).toEqual([12, 48]);
});
