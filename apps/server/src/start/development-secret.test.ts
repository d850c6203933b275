import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findDevelopmentSecret, readDevelopmentSecret } from './development-secret.ts';

it('generates one complete development secret, however many ask for it at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mana-secret-'));
  try {
    const secrets = await Promise.all(
      Array.from({ length: 50 }, () => readDevelopmentSecret(folder)),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(Buffer.from(secrets[0] ?? '', 'base64')).toHaveLength(32);
    expect(await readdir(folder)).toEqual(['secret']);
    expect(await findDevelopmentSecret(folder)).toBe(secrets[0]);
    expect(await findDevelopmentSecret(join(folder, 'empty'))).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
