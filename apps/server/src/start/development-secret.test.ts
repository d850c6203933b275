import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDevelopmentSecret } from './development-secret.ts';

it('makes one whole development secret, however many ask for it at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mana-secret-'));
  try {
    const secrets = await Promise.all(
      Array.from({ length: 50 }, () => readDevelopmentSecret(folder)),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(Buffer.from(secrets[0] ?? '', 'base64')).toHaveLength(32);
    expect(await readdir(folder)).toEqual(['secret']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
