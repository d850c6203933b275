import { expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { ada, bob } from '../../../test/vault/people.fixture.ts';
import * as second from '../../../test/vault/second-implementation.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { openRecoveryWrap, wrapForRecovery } from './recovery-wrap.ts';

const MASTER_KEY = secretOf(9);
const SECRET = secretOf(20);

function makeFormat1(masterKey = MASTER_KEY) {
  const iv = Buffer.alloc(12, 5);
  const key = second.recoveryKeyOfFormat1(Buffer.from(SECRET));
  const sealed = second.gcmSeal(key, iv, Buffer.from(masterKey), Buffer.alloc(0));
  return { wrapped: sealed.toString('base64'), iv: iv.toString('base64'), formatVersion: 1 };
}

it('opens with the recovery secret, in format 2, and leaves both secrets as they were', async () => {
  const stored = await wrapForRecovery(MASTER_KEY, SECRET, ada);
  expect(stored.formatVersion).toBe(2);
  expect(Buffer.from(stored.wrapped, 'base64')).toHaveLength(80);
  expect(await openRecoveryWrap(stored, SECRET, ada)).toEqual(secretOf(9));
  expect([MASTER_KEY, SECRET]).toEqual([secretOf(9), secretOf(20)]);
});

it('opens for no other secret, user or generation, and under no other format', async () => {
  const stored = await wrapForRecovery(MASTER_KEY, SECRET, ada);
  await expectUnreadable(() => openRecoveryWrap(stored, secretOf(21), ada));
  await expectUnreadable(() => openRecoveryWrap(stored, SECRET, bob));
  await expectUnreadable(() => openRecoveryWrap(stored, SECRET, { ...ada, generation: 2 }));
  for (const formatVersion of [0, 1, 3]) {
    await expectUnreadable(() => openRecoveryWrap({ ...stored, formatVersion }, SECRET, ada));
  }
});

it('opens format 1 with `mana-recovery-v1`, for generation 1 only', async () => {
  expect(await openRecoveryWrap(makeFormat1(), SECRET, ada)).toEqual(MASTER_KEY);
  await expectUnreadable(() => openRecoveryWrap(makeFormat1(), secretOf(21), ada));
  await expectUnreadable(() => openRecoveryWrap(makeFormat1(), SECRET, { ...ada, generation: 2 }));
  await expectUnreadable(() =>
    openRecoveryWrap({ ...makeFormat1(), formatVersion: 3 }, SECRET, ada),
  );
});

it("opens nothing that isn't a master key", async () => {
  for (const length of [0, 31, 33]) {
    await expectUnreadable(() =>
      openRecoveryWrap(makeFormat1(new Uint8Array(length)), SECRET, ada),
    );
    const iv = Buffer.alloc(12, 5);
    const context = { version: 2, purpose: 'recovery', owner: 'user-ada', kekId: '' };
    const info = second.context({ ...context, generation: 1, rest: [] });
    const sealed = second.seal(Buffer.from(SECRET), iv, Buffer.alloc(length), info);
    const stored = { wrapped: sealed.toString('base64'), iv: iv.toString('base64') };
    await expectUnreadable(() => openRecoveryWrap({ ...stored, formatVersion: 2 }, SECRET, ada));
  }
});

it('accepts only secrets of 32 bytes', async () => {
  const short = new Uint8Array(31);
  const stored = makeFormat1();
  await expect(wrapForRecovery(short, SECRET, ada)).rejects.toThrow(TypeError);
  await expect(wrapForRecovery(MASTER_KEY, short, ada)).rejects.toThrow(TypeError);
  await expect(openRecoveryWrap(stored, short, ada)).rejects.toThrow(TypeError);
});
