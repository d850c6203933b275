import { readFile } from 'node:fs/promises';
import { isToken, type TransitSettings } from '../config/key-service-settings.ts';
import { KeyServiceFault } from './key-service-fault.ts';

/** The token that Vault knows us by. Secret. */
export interface VaultToken {
  /** Rejects with `KeyServiceFault` where the file can't be read or holds none. */
  read(): Promise<string>;
  /** Another one than was `refused`, if there is one by now; else null. */
  findNewer(refused: string): Promise<string | null>;
}

const READ_AGAIN_AFTER_MS = 5000;

/** A token in a file is read again after five seconds, for a Vault Agent puts the next one there. */
export function createVaultToken(
  { token, tokenFile }: Pick<TransitSettings, 'token' | 'tokenFile'>,
  nowMs: () => number,
): VaultToken {
  let known: { readonly token: string; readonly untilMs: number } | undefined;

  async function readAnew(file: string): Promise<string> {
    const read = await readTokenFile(file);
    known = { token: read, untilMs: nowMs() + READ_AGAIN_AFTER_MS };
    return read;
  }

  return {
    async read() {
      if (token !== null) return token;
      if (known && nowMs() < known.untilMs) return known.token;
      return readAnew(tokenFile ?? '');
    },
    async findNewer(refused) {
      if (tokenFile === null) return null;
      const newest = await readAnew(tokenFile);
      return newest === refused ? null : newest;
    },
  };
}

/** The message names the file, and nothing of what is in it. */
async function readTokenFile(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch {
    throw new KeyServiceFault(`VAULT_TOKEN_FILE can't be read: ${file}`);
  }
  if (!isToken(text)) throw new KeyServiceFault(`VAULT_TOKEN_FILE holds no token: ${file}`);
  return text;
}
