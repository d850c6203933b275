import { readFile } from 'node:fs/promises';
import { parseKek } from '@mana/auth-core/vault/keys/parse-kek';

/**
 * The key-encryption key in a file, in base64; spaces and line breaks around it are no part of it. Secret.
 * Throws with the file's name, and nothing of what is in it.
 */
export async function readKekFile(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new Error(`MANA_AUTH_KEK_FILE can't be read: ${file}`, { cause });
  }
  try {
    parseKek(text).fill(0);
  } catch (cause) {
    throw new Error(
      `MANA_AUTH_KEK_FILE holds no key: ${file} wants 32 random bytes in base64, 44 characters`,
      { cause },
    );
  }
  return text;
}
