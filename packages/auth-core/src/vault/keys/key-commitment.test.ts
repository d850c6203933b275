import { expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { ENV_V1 } from '../../../test/vault/key-ring.fixture.ts';
import { ada } from '../../../test/vault/people.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { makeTwoKeyCiphertext } from '../../../test/vault/two-key-ciphertext.fixture.ts';
import { importAesKey, openAesGcm } from '../format/aes-gcm.ts';
import { encodeContext, toInfo } from '../format/context.ts';
import { deriveBytes, importSecret } from '../format/secret.ts';
import { unwrapMasterKey } from '../wraps/master-key-wrap.ts';
import { createKeyRing } from './key-ring.ts';

const FORMAT = { formatVersion: 2, purpose: 'master-key', kekId: ENV_V1, location: [] } as const;
const CONTEXT = encodeContext({ ...FORMAT, owner: ada.userId, generation: ada.generation });

async function deriveSubkey(first: number) {
  const secret = await importSecret(secretOf(first));
  const both = Buffer.from(await deriveBytes(secret, await toInfo(CONTEXT), 64));
  return { key: both.subarray(0, 32), check: both.subarray(32) };
}

function createRingOf(first: number) {
  const keks = [{ id: ENV_V1, bytes: secretOf(first) }];
  return createKeyRing({ keks, activeKekId: ENV_V1 });
}

it('opens a ciphertext made for two KEKs with only one of them, where GCM would with both', async () => {
  const one = await deriveSubkey(1);
  const two = await deriveSubkey(2);
  const iv = Buffer.alloc(12, 9);
  const ciphertext = makeTwoKeyCiphertext([one.key, two.key], iv, Buffer.from(CONTEXT));

  const opened = await Promise.all(
    [one, two].map(async ({ key }) => {
      const aesKey = await importAesKey(new Uint8Array(key), ['decrypt']);
      const box = { iv: new Uint8Array(iv), sealed: new Uint8Array(ciphertext) };
      return openAesGcm(aesKey, box, CONTEXT);
    }),
  );
  expect(opened[0]).toHaveLength(32);
  expect(opened[0]).not.toEqual(opened[1]);

  const wrapped = Buffer.concat([one.check, ciphertext]).toString('base64');
  const stored = { wrapped, iv: iv.toString('base64'), formatVersion: 2, kekId: ENV_V1 };
  expect(await unwrapMasterKey(await createRingOf(1), stored, ada)).toEqual(opened[0]);
  const other = await createRingOf(2);
  await expectUnreadable(() => unwrapMasterKey(other, stored, ada));
});
