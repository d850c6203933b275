import { expect, it, vi } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { ada, bob } from '../../../test/vault/people.fixture.ts';
import * as second from '../../../test/vault/second-implementation.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { openRecoveryWrap, wrapForRecovery } from '../recovery/recovery-wrap.ts';
import { openPasskeyWrap, wrapForPasskey } from './passkey-wrap.ts';

const OUTPUT = secretOf(30);
const owner = { ...ada, credentialId: 'AQIDBAUGBwg' };

it('opens with the same output of the same passkey, in format 2', async () => {
  const stored = await wrapForPasskey(secretOf(9), OUTPUT, owner);
  expect(stored.formatVersion).toBe(2);
  expect(await openPasskeyWrap(stored, OUTPUT, owner)).toEqual(secretOf(9));
  expect(OUTPUT).toEqual(secretOf(30));
});

it('accepts the longest credential id that there is: 1,023 bytes', async () => {
  const longest = { ...ada, credentialId: 'A'.repeat(1364) };
  const stored = await wrapForPasskey(secretOf(9), OUTPUT, longest);
  expect(await openPasskeyWrap(stored, OUTPUT, longest)).toEqual(secretOf(9));
});

it('opens for no other output, passkey, user or generation, and under no other format', async () => {
  const stored = await wrapForPasskey(secretOf(9), OUTPUT, owner);
  await expectUnreadable(() => openPasskeyWrap(stored, secretOf(31), owner));
  await expectUnreadable(() => openPasskeyWrap(stored, OUTPUT, { ...owner, credentialId: 'AQ' }));
  await expectUnreadable(() => openPasskeyWrap(stored, OUTPUT, { ...owner, ...bob }));
  await expectUnreadable(() => openPasskeyWrap(stored, OUTPUT, { ...owner, generation: 2 }));
  for (const formatVersion of [0, 1, 3]) {
    await expectUnreadable(() => openPasskeyWrap({ ...stored, formatVersion }, OUTPUT, owner));
  }
});

it("opens nothing that isn't a master key", async () => {
  const { credentialId } = owner;
  const context = { version: 2, purpose: 'passkey', owner: 'user-ada', kekId: '' };
  const info = second.context({ ...context, generation: 1, rest: [credentialId] });
  const iv = Buffer.alloc(12, 5);
  for (const length of [0, 31, 33]) {
    const sealed = second.seal(Buffer.from(OUTPUT), iv, Buffer.alloc(length), info);
    const stored = { wrapped: sealed.toString('base64'), iv: iv.toString('base64') };
    await expectUnreadable(() => openPasskeyWrap({ ...stored, formatVersion: 2 }, OUTPUT, owner));
  }
});

it("isn't a recovery wrap, nor the other way round, even if the secret is the same", async () => {
  const forPasskey = await wrapForPasskey(secretOf(9), OUTPUT, owner);
  await expectUnreadable(() => openRecoveryWrap(forPasskey, OUTPUT, ada));
  const forRecovery = await wrapForRecovery(secretOf(9), OUTPUT, ada);
  await expectUnreadable(() => openPasskeyWrap(forRecovery, OUTPUT, owner));
});

it.each([
  ['no answer', undefined],
  ['zeros', new Uint8Array(32)],
  ['16 bytes', secretOf(30).slice(16)],
])('neither wraps nor opens with %s', async (_, output) => {
  const stored = await wrapForPasskey(secretOf(9), OUTPUT, owner);
  const refusal = { code: 'VALIDATION', path: 'prf' };
  await expect(wrapForPasskey(secretOf(9), output, owner)).rejects.toMatchObject(refusal);
  await expect(openPasskeyWrap(stored, output, owner)).rejects.toMatchObject(refusal);
});

it('wipes its copy of the output, and the subkey', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey');
  const stored = await wrapForPasskey(secretOf(9), OUTPUT, owner);
  await openPasskeyWrap(stored, OUTPUT, owner);
  const raw = importKey.mock.calls.map(([, bytes]) => bytes);
  importKey.mockRestore();
  expect(raw).toHaveLength(4);
  for (const bytes of raw) expect(bytes).toEqual(new Uint8Array(32));
});

it('wraps nothing but 32 bytes', async () => {
  await expect(wrapForPasskey(new Uint8Array(33), OUTPUT, owner)).rejects.toThrow(TypeError);
});
