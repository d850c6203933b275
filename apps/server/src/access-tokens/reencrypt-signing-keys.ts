import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { deriveKeySchedule } from './key-schedule.ts';
import { decryptPrivateKey, encryptPrivateKey } from './signing-key.ts';
import { listSigningKeys, replacePrivateKey } from './signing-keys.repository.ts';
import { readSigningKeys } from './signing-keys.ts';

/**
 * Encrypts under the current secret, and bound to its id, every private key that an accepted secret opens. Safe to repeat, to
 * interrupt and to run beside servers: each key is replaced on its own, and only if it is as it was read.
 * Lists the keys in use that can't be opened; `now` is the database's time.
 */
export async function reencryptSigningKeys(
  db: Kysely<Database>,
  secrets: AppSecrets,
  now: Date,
): Promise<{ moved: number; unopened: string[] }> {
  let moved = 0;
  for (const stored of await listSigningKeys(db)) {
    const opened = await decryptPrivateKey(stored, secrets);
    if (!opened || opened.isCurrent) continue;
    const to = encryptPrivateKey(secrets, stored.id, opened.data);
    if (await replacePrivateKey(db, stored, to)) moved += 1;
  }
  const keys = await readSigningKeys(db, secrets);
  const { states } = deriveKeySchedule(keys, now.getTime());
  const unopened = keys.filter((key) => !key.isOpen && states.get(key.id)?.kind !== 'retired');
  return { moved, unopened: unopened.map(({ id }) => id) };
}
