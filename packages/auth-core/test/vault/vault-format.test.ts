import { expect, it } from 'vitest';
import { encodeContext } from '../../src/vault/format/context.ts';
import { parseKekId, parseUserId } from '../../src/vault/keys/ids.ts';
import { createKeyRing } from '../../src/vault/keys/key-ring.ts';
import { createServiceProvider, type KeyService } from '../../src/vault/keys/key-service.ts';
import { formatRecoveryCode, parseRecoveryCode } from '../../src/vault/recovery/recovery-code.ts';
import { openRecoveryWrap, wrapForRecovery } from '../../src/vault/recovery/recovery-wrap.ts';
import { decryptField, encryptField } from '../../src/vault/unlocked/fields.ts';
import { findProofVerifier, proveMasterKey } from '../../src/vault/unlocked/possession.ts';
import { unlockVault } from '../../src/vault/unlocked/unlocked-vault.ts';
import { unwrapMasterKey, wrapMasterKey } from '../../src/vault/wraps/master-key-wrap.ts';
import { openPasskeyWrap, wrapForPasskey } from '../../src/vault/wraps/passkey-wrap.ts';
import { makeVectors } from './make-vectors.fixture.ts';
import * as second from './second-implementation.fixture.ts';
import vectors from './vectors.fixture.json' with { type: 'json' };

/** docs/vault-format.md against both implementations: what one makes, the other opens. */
const { inputs, iv } = vectors;
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const masterKey = () => hex(inputs.masterKey);
const kekId = parseKekId(inputs.kekId);
const owner = { userId: parseUserId(inputs.owner), generation: inputs.generation };
const first = { ...owner, generation: 1 };
const passkey = { ...owner, credentialId: inputs.credentialId };
const location = { recordId: inputs.recordId, field: inputs.field };

const createRing = () =>
  createKeyRing({ keks: [{ id: kekId, bytes: hex(inputs.kek) }], activeKekId: kekId });

/** A service that seals the one-time key of the vectors, whatever it is given. */
const service: KeyService = {
  activeKekId: kekId,
  kekIds: [kekId],
  seal: async () => hex(inputs.sealedKey),
  unseal: async () => hex(inputs.oneTimeKey),
};

it('keeps the fixture in step with the second implementation', () => {
  expect(makeVectors()).toEqual(vectors);
});

it('encodes each context as the page does', () => {
  const subject = { owner: inputs.owner, generation: inputs.generation, location: [] };
  const format2 = { ...subject, formatVersion: 2, kekId: '' } as const;
  const contexts = [
    [vectors.serverWrap, { ...format2, purpose: 'master-key', kekId: inputs.kekId }],
    [vectors.recoveryWrap, { ...format2, purpose: 'recovery' }],
    [vectors.passkeyWrap, { ...format2, purpose: 'passkey', location: [inputs.credentialId] }],
    [vectors.field, { ...format2, purpose: 'field', location: [inputs.recordId, inputs.field] }],
    [vectors.possession, { ...format2, purpose: 'possession' }],
    [
      vectors.serviceWrap,
      {
        ...format2,
        formatVersion: 3,
        purpose: 'master-key',
        kekId: inputs.kekId,
        sealedKey: hex(inputs.sealedKey),
      },
    ],
  ] as const;
  for (const [vector, context] of contexts) {
    expect(Buffer.from(encodeContext(context)).toString('hex')).toBe(vector.context);
  }
});

it("opens the second implementation's wraps of every kind", async () => {
  const ring = await createRing();
  const server = { ...vectors.serverWrap, iv, formatVersion: 2, kekId: inputs.kekId };
  expect(await unwrapMasterKey(ring, server, owner)).toEqual(masterKey());
  const older = { wrapped: vectors.format1.serverWrap, iv, formatVersion: 1, kekId: inputs.kekId };
  expect(await unwrapMasterKey(ring, older, first)).toEqual(masterKey());
  const remote = { ...vectors.serviceWrap, iv, formatVersion: 3, kekId: inputs.kekId };
  expect(await unwrapMasterKey(createServiceProvider(service), remote, owner)).toEqual(masterKey());

  const recovery = { ...vectors.recoveryWrap, iv, formatVersion: 2 };
  const secret = hex(inputs.recoverySecret);
  expect(await openRecoveryWrap(recovery, secret, owner)).toEqual(masterKey());
  const olderRecovery = { wrapped: vectors.format1.recoveryWrap, iv, formatVersion: 1 };
  expect(await openRecoveryWrap(olderRecovery, secret, first)).toEqual(masterKey());

  const prf = { ...vectors.passkeyWrap, iv, formatVersion: 2 };
  expect(await openPasskeyWrap(prf, hex(inputs.prfOutput), passkey)).toEqual(masterKey());
});

it("opens the second implementation's fields, and agrees on proof, verifier and code", async () => {
  const vault = await unlockVault(masterKey(), owner);
  expect(await decryptField(vault, location, vectors.field.encrypted)).toBe(inputs.text);
  const firstVault = await unlockVault(masterKey(), first);
  expect(await decryptField(firstVault, location, vectors.format1.field)).toBe(inputs.text);

  const proof = await proveMasterKey(vault);
  expect(proof).toBe(vectors.possession.proof);
  expect(await findProofVerifier(proof)).toBe(vectors.possession.verifier);

  expect(formatRecoveryCode(hex(inputs.recoverySecret))).toBe(vectors.recoveryCode);
  expect(parseRecoveryCode(vectors.recoveryCode)).toEqual(hex(inputs.recoverySecret));
});

it('writes wraps that the second implementation opens', async () => {
  const wraps = [
    [await wrapMasterKey(await createRing(), masterKey(), owner), inputs.kek, vectors.serverWrap],
    [
      await wrapForRecovery(masterKey(), hex(inputs.recoverySecret), owner),
      inputs.recoverySecret,
      vectors.recoveryWrap,
    ],
    [
      await wrapForPasskey(masterKey(), hex(inputs.prfOutput), passkey),
      inputs.prfOutput,
      vectors.passkeyWrap,
    ],
  ] as const;
  for (const [stored, secret, { context }] of wraps) {
    const opened = second.open(
      Buffer.from(secret, 'hex'),
      Buffer.from(stored.iv, 'base64'),
      Buffer.from(stored.wrapped, 'base64'),
      Buffer.from(context, 'hex'),
    );
    expect(opened.toString('hex')).toBe(inputs.masterKey);
  }
});

it('writes a wrap under a key service that the second implementation opens', async () => {
  let oneTimeKey = Buffer.alloc(0);
  const provider = createServiceProvider({
    ...service,
    seal: async (key) => {
      oneTimeKey = Buffer.from(key);
      return hex(inputs.sealedKey);
    },
  });
  const stored = await wrapMasterKey(provider, masterKey(), owner);
  const { sealedKey, rest } = second.splitServiceWrap(Buffer.from(stored.wrapped, 'base64'));
  expect(sealedKey.toString('hex')).toBe(inputs.sealedKey);
  const opened = second.open(
    oneTimeKey,
    Buffer.from(stored.iv, 'base64'),
    rest,
    Buffer.from(vectors.serviceWrap.context, 'hex'),
  );
  expect(opened.toString('hex')).toBe(inputs.masterKey);
});

it('writes fields that the second implementation opens', async () => {
  const encrypted = await encryptField(
    await unlockVault(masterKey(), owner),
    location,
    inputs.text,
  );
  const [head, fieldIv = '', sealed = ''] = encrypted.split('.');
  expect(head).toBe(`enc:2:${inputs.generation}`);
  const opened = second.gcmOpen(
    Buffer.from(vectors.field.key, 'hex'),
    Buffer.from(fieldIv, 'base64'),
    Buffer.from(sealed, 'base64'),
    Buffer.from(vectors.field.context, 'hex'),
  );
  expect(opened.toString('utf8')).toBe(inputs.text);
});
