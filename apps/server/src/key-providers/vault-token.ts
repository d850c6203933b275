import { readFile } from 'node:fs/promises';
import { isToken, type TransitSettings } from '../config/key-service-settings.ts';
import { KeyServiceFault } from './post-to-key-service.ts';

/** The token that Vault knows this server by. Secret. */
export interface VaultToken {
  /** Rejects with `KeyServiceFault` if the file can't be read or holds no token. */
  read(): Promise<string>;
  /** A token other than `refused`, if there is one by now; else null. */
  findNewer(refused: string): Promise<string | null>;
}

const REREAD_AFTER_MS = 5000;

/** A token in a file is reread after five seconds, since a Vault Agent may replace it. */
export function createVaultToken(
  { token, tokenFile }: Pick<TransitSettings, 'token' | 'tokenFile'>,
  nowMs: () => number,
): VaultToken {
  let known: { readonly token: string; readonly untilMs: number } | undefined;

  async function reread(file: string): Promise<string> {
    const read = await readTokenFile(file);
    known = { token: read, untilMs: nowMs() + REREAD_AFTER_MS };
    return read;
  }

  return {
    async read() {
      if (token !== null) return token;
      if (known && nowMs() < known.untilMs) return known.token;
      return reread(tokenFile ?? '');
    },
    async findNewer(refused) {
      if (tokenFile === null) return null;
      const newest = await reread(tokenFile);
      return newest === refused ? null : newest;
    },
  };
}

/** Errors name the file, and nothing of what is in it. */
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
