import { expect, it } from 'vitest';
import { encodeBase64, parseBase64 } from '../../src/vault/format/base64.ts';
import type { Subject } from '../../src/vault/format/context.ts';
import type { KeyProvider, ServerWrap } from '../../src/vault/keys/key-provider.ts';
import { generateMasterKey } from '../../src/vault/wraps/master-key-wrap.ts';
import { expectUnreadable } from './expect-unreadable.fixture.ts';

const ADA: Subject = { purpose: 'master-key', owner: 'user-ada', generation: 2, location: [] };

/**
 * The contract of every key provider, wherever its keys are. It needs at least two KEKs. Of the changed wraps
 * it tries every `nth`.
 */
export function testKeyProvider(
  createProvider: () => Promise<KeyProvider>,
  { nth = 1 }: { nth?: number } = {},
): void {
  it('opens what it wrapped, and leaves the key as it was', async () => {
    const provider = await createProvider();
    const key = generateMasterKey();
    const before = key.slice();
    const stored = await provider.wrap(key, ADA);
    expect(key).toEqual(before);
    expect(stored.kekId).toBe(provider.activeKekId);
    expect(await provider.unwrap(stored, ADA)).toEqual(before);
  });

  it('opens it again when it is created again', async () => {
    const stored = await (await createProvider()).wrap(generateMasterKey(), ADA);
    await expect((await createProvider()).unwrap(stored, ADA)).resolves.toHaveLength(32);
  });

  it('accepts ids of any length', async () => {
    const provider = await createProvider();
    const subject = { ...ADA, owner: 'u'.repeat(5000), location: ['p'.repeat(5000)] };
    const stored = await provider.wrap(generateMasterKey(), subject);
    expect(await provider.unwrap(stored, subject)).toHaveLength(32);
    const other = { ...subject, location: ['p'.repeat(5001)] };
    await expectUnreadable(() => provider.unwrap(stored, other));
  });

  it('wraps the same key differently each time', async () => {
    const provider = await createProvider();
    const key = generateMasterKey();
    const wraps = await Promise.all(Array.from({ length: 20 }, () => provider.wrap(key, ADA)));
    expect(new Set(wraps.map(({ wrapped }) => wrapped)).size).toBe(20);
    expect(new Set(wraps.map(({ iv }) => iv)).size).toBe(20);
  });

  it.each<[string, Partial<Subject>]>([
    ['another user', { owner: 'user-bob' }],
    ['another generation', { generation: 3 }],
    ['an older generation', { generation: 1 }],
    ['another purpose', { purpose: 'recovery' }],
    ['another location', { location: ['elsewhere'] }],
  ])('opens nothing for %s', async (_, change) => {
    const provider = await createProvider();
    const stored = await provider.wrap(generateMasterKey(), ADA);
    await expectUnreadable(() => provider.unwrap(stored, { ...ADA, ...change }));
  });

  it('opens no wrap with one bit changed, shortened or extended', async () => {
    const provider = await createProvider();
    const stored = await provider.wrap(generateMasterKey(), ADA);
    for (const part of ['wrapped', 'iv'] as const) {
      const bytes = parseBase64(stored[part]);
      const changed = [
        ...Array.from({ length: bytes.length * 8 }, (_, bit) =>
          bytes.map((byte, at) => (at === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte)),
        ),
        ...Array.from(bytes, (_, length) => bytes.slice(0, length)),
        ...Array.from(bytes, (_, start) => bytes.slice(start + 1)),
        Uint8Array.of(...bytes, 0),
        Uint8Array.of(0, ...bytes),
        Uint8Array.of(...bytes, ...bytes),
      ];
      for (const other of changed.filter((_, i) => i % nth === 0)) {
        await expectUnreadable(() =>
          provider.unwrap({ ...stored, [part]: encodeBase64(other) }, ADA),
        );
      }
    }
  });

  it('opens no wrap whose base64 is spelt differently', async () => {
    const provider = await createProvider();
    const stored = await provider.wrap(generateMasterKey(), ADA);
    for (const part of ['wrapped', 'iv'] as const) {
      const text = stored[part];
      for (const other of [`${text}\n`, ` ${text}`, `${text}=`, text.replace(/=+$/, ''), '*']) {
        if (other === text) continue;
        await expectUnreadable(() => provider.unwrap({ ...stored, [part]: other }, ADA));
      }
    }
  });

  it("opens no wrap under another format, another KEK or one that it doesn't have", async () => {
    const provider = await createProvider();
    const stored = await provider.wrap(generateMasterKey(), ADA);
    const otherKekIds = provider.kekIds.filter((id) => id !== stored.kekId);
    expect(otherKekIds.length).toBeGreaterThan(0);
    const otherFormats = [-1, 0, 1, 2, 3, 4, 1.5].filter((n) => n !== stored.formatVersion);
    const changed: Partial<ServerWrap>[] = [
      ...otherFormats.map((formatVersion) => ({ formatVersion })),
      ...[...otherKekIds, '', 'unknown', '__proto__'].map((kekId) => ({ kekId })),
    ];
    for (const change of changed) {
      await expectUnreadable(() => provider.unwrap({ ...stored, ...change }, ADA));
      const first = { ...ADA, generation: 1 };
      await expectUnreadable(() => provider.unwrap({ ...stored, ...change }, first));
    }
  });
}
