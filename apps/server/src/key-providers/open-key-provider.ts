import { parseKekId } from '@mana/auth-core/vault/ids';
import type { KeyProvider } from '@mana/auth-core/vault/key-provider';
import { createKeyRing } from '@mana/auth-core/vault/key-ring';
import { parseKek } from '@mana/auth-core/vault/parse-kek';
import type { KekConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { readKekFile } from './read-kek-file.ts';

const KEK_BYTES = 32;

/**
 * The keys that wrap and open vaults, as the environment names them: one that is active, from a variable or
 * a file, and those accepted beside it. Throws where the file can't be read, or holds no key.
 *
 * Without any (the configuration allows that in development alone) the active one is 32 zero bytes, and the
 * log says so.
 */
export async function openKeyProvider(
  { activeId, active, file, accepted }: KekConfig,
  log: Log,
): Promise<KeyProvider> {
  const text = file === null ? active : await readKekFile(file);
  if (text === null) {
    log.warn(
      'MANA_AUTH_KEK is not set: vaults are wrapped under a key of zeros, which everybody has. In production the server refuses to start so.',
    );
  }
  const bytes = text === null ? new Uint8Array(KEK_BYTES) : parseKek(text);
  const activeKekId = parseKekId(activeId);
  const others = accepted.map(({ id, kek }) => ({ id: parseKekId(id), bytes: parseKek(kek) }));
  return createKeyRing({ activeKekId, keks: [{ id: activeKekId, bytes }, ...others] });
}
