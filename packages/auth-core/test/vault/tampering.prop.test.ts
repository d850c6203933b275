import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64, parseBase64 } from '../../src/vault/format/base64.ts';
import type { Bytes } from '../../src/vault/format/bytes.ts';
import { parseUserId } from '../../src/vault/keys/ids.ts';
import { openRecoveryWrap, wrapForRecovery } from '../../src/vault/recovery/recovery-wrap.ts';
import { decryptField, encryptField } from '../../src/vault/unlocked/fields.ts';
import { unlockVault } from '../../src/vault/unlocked/unlocked-vault.ts';
import {
  generateMasterKey,
  unwrapMasterKey,
  wrapMasterKey,
} from '../../src/vault/wraps/master-key-wrap.ts';
import { openPasskeyWrap, wrapForPasskey } from '../../src/vault/wraps/passkey-wrap.ts';
import { expectUnreadable } from './expect-unreadable.fixture.ts';
import { createTestRing, ENV_V1 } from './key-ring.fixture.ts';
import { gcmSeal, recoveryKeyOfFormat1 } from './second-implementation.fixture.ts';
import { secretOf } from './secret.fixture.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 30) };
/** One secret as KEK, recovery secret, PRF output and master key, so that only the purpose differs. */
const SECRET = secretOf(1);

/** User, generation and location: everything that a swap can change. */
interface Whose {
  readonly user: string;
  readonly generation: number;
  readonly location: string;
}
/** The two stored parts, as bytes. */
interface Parts {
  readonly iv: Bytes;
  readonly sealed: Bytes;
}
interface Kind {
  seal(whose: Whose): Promise<Parts>;
  open(parts: Parts, whose: Whose): Promise<unknown>;
}

const toOwner = ({ user, generation }: Whose) => ({ userId: parseUserId(user), generation });
const toPasskey = (whose: Whose) => ({ ...toOwner(whose), credentialId: whose.location });
const toField = ({ location }: Whose) => ({ recordId: location, field: 'body' });
const toParts = ({ iv, wrapped }: { iv: string; wrapped: string }): Parts => ({
  iv: parseBase64(iv),
  sealed: parseBase64(wrapped),
});
const toWrap = ({ iv, sealed }: Parts, formatVersion: number) => ({
  iv: encodeBase64(iv),
  wrapped: encodeBase64(sealed),
  formatVersion,
});
const sealFormat1 = (key: Buffer): Parts => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = gcmSeal(key, Buffer.from(iv), Buffer.from(generateMasterKey()), Buffer.alloc(0));
  return { iv, sealed: new Uint8Array(sealed) };
};

/** These bind what they are for. */
const bound: Readonly<Record<string, Kind>> = {
  "a server's wrap": {
    seal: async (whose) =>
      toParts(await wrapMasterKey(await createTestRing(), generateMasterKey(), toOwner(whose))),
    open: async (parts, whose) => {
      const stored = { ...toWrap(parts, 2), kekId: ENV_V1 };
      return unwrapMasterKey(await createTestRing(), stored, toOwner(whose));
    },
  },
  'a recovery wrap': {
    seal: async (whose) =>
      toParts(await wrapForRecovery(generateMasterKey(), SECRET, toOwner(whose))),
    open: (parts, whose) => openRecoveryWrap(toWrap(parts, 2), SECRET, toOwner(whose)),
  },
  'a passkey wrap': {
    seal: async (whose) =>
      toParts(await wrapForPasskey(generateMasterKey(), SECRET, toPasskey(whose))),
    open: (parts, whose) => openPasskeyWrap(toWrap(parts, 2), SECRET, toPasskey(whose)),
  },
  'a field': {
    seal: async (whose) => {
      const vault = await unlockVault(secretOf(1), toOwner(whose));
      const encrypted = await encryptField(vault, toField(whose), 'some text of a note');
      const [, iv = '', wrapped = ''] = encrypted.split('.');
      return toParts({ iv, wrapped });
    },
    open: async ({ iv, sealed }, whose) => {
      const encrypted = `enc:2:${whose.generation}.${encodeBase64(iv)}.${encodeBase64(sealed)}`;
      const vault = await unlockVault(secretOf(1), toOwner(whose));
      return decryptField(vault, toField(whose), encrypted);
    },
  },
};

/** These bind nothing, but must be complete all the same. */
const format1: Readonly<Record<string, Kind>> = {
  "a server's wrap of format 1": {
    seal: async () => sealFormat1(Buffer.from(secretOf(1))),
    open: async (parts, whose) => {
      const stored = { ...toWrap(parts, 1), kekId: ENV_V1 };
      return unwrapMasterKey(await createTestRing(), stored, { ...toOwner(whose), generation: 1 });
    },
  },
  'a recovery wrap of format 1': {
    seal: async () => sealFormat1(recoveryKeyOfFormat1(Buffer.from(SECRET))),
    open: (parts, whose) =>
      openRecoveryWrap(toWrap(parts, 1), SECRET, { ...toOwner(whose), generation: 1 }),
  },
  'a field of format 1': {
    seal: async () => sealAsFormat1Field(),
    open: async ({ iv, sealed }, whose) => {
      const vault = await unlockVault(secretOf(1), { ...toOwner(whose), generation: 1 });
      const encrypted = `enc:1:${encodeBase64(iv)}.${encodeBase64(sealed)}`;
      return decryptField(vault, toField(whose), encrypted);
    },
  },
};

function sealAsFormat1Field(): Parts {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = Buffer.from(secretOf(1));
  const sealed = gcmSeal(key, Buffer.from(iv), Buffer.from('an older note'), Buffer.alloc(0));
  return { iv, sealed: new Uint8Array(sealed) };
}

const whoses: fc.Arbitrary<Whose> = fc.record({
  user: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  generation: fc.integer({ min: 1, max: 3 }),
  location: fc.string({ unit: 'grapheme', maxLength: 8 }),
});

/** Bytes that differ from these: one or more bits flipped, some cut off or out, some inserted. */
type Tamper = (bytes: Bytes) => Bytes;
const tampers: fc.Arbitrary<Tamper> = fc.oneof(
  fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map(
    (bits): Tamper =>
      (bytes) =>
        bits.reduce<Bytes>((changed, bit) => flip(changed, bit % (bytes.length * 8)), bytes),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 100 })).map(
    ([at, length]): Tamper =>
      (bytes) => {
        const start = at % bytes.length;
        return Uint8Array.of(...bytes.slice(0, start), ...bytes.slice(start + length));
      },
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([at, more]): Tamper =>
      (bytes) => {
        const start = at % (bytes.length + 1);
        return Uint8Array.of(...bytes.slice(0, start), ...more, ...bytes.slice(start));
      },
  ),
);

function flip(bytes: Bytes, bit: number): Bytes {
  return bytes.map((byte, at) => (at === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

describe.each(Object.entries({ ...bound, ...format1 }))('%s', (_, kind) => {
  it("doesn't open with any bit changed", async () => {
    const whose = { user: 'user-ada', generation: 1, location: 'here' };
    const parts = await kind.seal(whose);
    expect(await kind.open(parts, whose)).toBeTruthy();
    for (let bit = 0; bit < parts.sealed.length * 8; bit += 1) {
      const sealed = flip(parts.sealed, bit);
      await expectUnreadable(() => kind.open({ ...parts, sealed }, whose));
    }
    for (let bit = 0; bit < parts.iv.length * 8; bit += 1) {
      await expectUnreadable(() => kind.open({ ...parts, iv: flip(parts.iv, bit) }, whose));
    }
  });

  it("doesn't open shortened, extended or otherwise changed, whoever it belongs to", () =>
    fc.assert(
      fc.asyncProperty(
        whoses,
        tampers,
        fc.constantFrom('iv' as const, 'sealed' as const),
        async (whose, tamper, part) => {
          const parts = await kind.seal(whose);
          const changed = tamper(parts[part]);
          fc.pre(encodeBase64(changed) !== encodeBase64(parts[part]));
          await expectUnreadable(() => kind.open({ ...parts, [part]: changed }, whose));
        },
      ),
      RUNS,
    ));
});

describe.each(Object.entries(bound))('%s', (name, kind) => {
  it("opens as nobody else's and under no other generation", () =>
    fc.assert(
      fc.asyncProperty(whoses, whoses, async (whose, other) => {
        const parts = await kind.seal(whose);
        const hasLocation = name === 'a passkey wrap' || name === 'a field';
        const isSame =
          whose.user === other.user &&
          whose.generation === other.generation &&
          (!hasLocation || whose.location === other.location);
        if (isSame) expect(await kind.open(parts, other)).toBeTruthy();
        else await expectUnreadable(() => kind.open(parts, other));
      }),
      RUNS,
    ));

  it("doesn't open with a part of another of its kind", async () => {
    const whose = { user: 'user-ada', generation: 1, location: 'here' };
    const [one, other] = [await kind.seal(whose), await kind.seal(whose)];
    await expectUnreadable(() => kind.open({ ...one, iv: other.iv }, whose));
    await expectUnreadable(() => kind.open({ ...one, sealed: other.sealed }, whose));
  });
});

it('opens no wrap as one for another purpose, even if user, secret and generation are the same', async () => {
  const whose = { user: 'user-ada', generation: 1, location: 'here' };
  for (const [from, source] of Object.entries(bound)) {
    for (const [to, target] of Object.entries({ ...bound, ...format1 })) {
      if (from === to) continue;
      const parts = await source.seal(whose);
      await expectUnreadable(() => target.open(parts, whose));
    }
  }
});
