import * as second from './second-implementation.fixture.ts';

const secretOf = (first: number) => Buffer.from(Array.from({ length: 32 }, (_, i) => first + i));
const base64 = (bytes: Buffer) => bytes.toString('base64');

const masterKey = secretOf(0x40);
const kek = secretOf(0x20);
const recoverySecret = secretOf(0x60);
const prfOutput = secretOf(0x80);
const oneTimeKey = secretOf(0xa0);
const sealedKey = Buffer.from('sealed by a service');
const iv = Buffer.from('000102030405060708090a0b', 'hex');

const owner = 'user-ada';
const kekId = 'env-v1';
const generation = 7;
const credentialId = 'AQIDBAUGBwg';
const recordId = 'note-1';
const field = 'body';
const text = 'Grüße, Ada';

const toParts = (
  purpose: string,
  more: Partial<second.ContextParts> = {},
): second.ContextParts => ({
  version: 2,
  purpose,
  owner,
  kekId: '',
  generation,
  rest: [],
  ...more,
});

/** The test vectors, made by the second implementation. Bytes are in hex, stored values in base64. */
export function makeVectors() {
  return {
    inputs: {
      masterKey: masterKey.toString('hex'),
      kek: kek.toString('hex'),
      recoverySecret: recoverySecret.toString('hex'),
      prfOutput: prfOutput.toString('hex'),
      oneTimeKey: oneTimeKey.toString('hex'),
      sealedKey: sealedKey.toString('hex'),
      iv: iv.toString('hex'),
      owner,
      kekId,
      generation,
      credentialId,
      recordId,
      field,
      text,
    },
    iv: base64(iv),
    format1: {
      serverWrap: base64(second.gcmSeal(kek, iv, masterKey, Buffer.alloc(0))),
      recoveryWrap: base64(
        second.gcmSeal(second.recoveryKeyOfFormat1(recoverySecret), iv, masterKey, Buffer.alloc(0)),
      ),
      field: toField('enc:1:', second.gcmSeal(masterKey, iv, Buffer.from(text), Buffer.alloc(0))),
    },
    serverWrap: toWrap(kek, toParts('master-key', { kekId })),
    recoveryWrap: toWrap(recoverySecret, toParts('recovery')),
    passkeyWrap: toWrap(prfOutput, toParts('passkey', { rest: [credentialId] })),
    serviceWrap: {
      context: second
        .context(toParts('master-key', { version: 3, kekId, rest: [sealedKey] }))
        .toString('hex'),
      wrapped: base64(
        second.sealUnderService(
          { oneTimeKey, sealedKey },
          iv,
          masterKey,
          toParts('master-key', { version: 3, kekId }),
        ),
      ),
    },
    field: makeField(),
    possession: makePossession(),
    recoveryCode: second.recoveryCode(recoverySecret),
  };
}

function toWrap(secret: Buffer, at: second.ContextParts) {
  const context = second.context(at);
  const wrapped = base64(second.seal(secret, iv, masterKey, context));
  return { context: context.toString('hex'), wrapped };
}

function makeField() {
  const at = toParts('field', { rest: [recordId, field] });
  const key = second.fieldKey(masterKey, at);
  const context = second.context(at);
  const sealed = second.gcmSeal(key, iv, Buffer.from(text), context);
  return {
    context: context.toString('hex'),
    key: key.toString('hex'),
    encrypted: toField(`enc:2:${generation}.`, sealed),
  };
}

function makePossession() {
  const at = toParts('possession');
  const proof = second.proof(masterKey, at);
  const context = second.context(at).toString('hex');
  return { context, proof: base64(proof), verifier: base64(second.verifier(proof)) };
}

function toField(prefix: string, sealed: Buffer): string {
  return `${prefix}${base64(iv)}.${base64(sealed)}`;
}
