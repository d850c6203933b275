import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_BYTES = 32;

/**
 * The app secret of a development machine: generated once and kept in the data folder, readable only by its
 * owner, so that sessions survive a restart. Secret.
 */
export async function readDevelopmentSecret(dataDir: string): Promise<string> {
  const draft = join(dataDir, `secret.${randomUUID()}`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, randomBytes(SECRET_BYTES).toString('base64'), { mode: 0o600 });
    // A link appears complete or not at all: no process that starts at the same time reads half a secret.
    await link(draft, fileIn(dataDir));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readSecret(dataDir);
}

/** The secret that a server has generated here, or undefined. Secret. */
export async function findDevelopmentSecret(dataDir: string): Promise<string | undefined> {
  try {
    return await readSecret(dataDir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readSecret(dataDir: string): Promise<string> {
  return (await readFile(fileIn(dataDir), 'utf8')).trim();
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'secret');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
