import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { UndecryptableError } from '../secrets/app-secrets.ts';
import { decideRotation, type RotationDecision } from './key-schedule.ts';
import { generateSigningKey } from './signing-key.ts';
import {
  deleteSigningKeys,
  expireSigningKeys,
  insertSigningKey,
  lockSigningKeys,
} from './signing-keys.repository.ts';
import { readSigningKeys } from './signing-keys.ts';

/**
 * Makes the next signing key. Servers publish it at once, sign with it once everybody has had time to read
 * it, and verify with the older ones until their last token has expired.
 *
 * `now` is the database's time, so that no machine's clock decides. Throws if this process can open none of
 * the keys: the servers could not use one that it made.
 */
export async function rotateSigningKeys(
  db: Kysely<Database>,
  secrets: AppSecrets,
  now: Date,
): Promise<RotationDecision & { kid: string }> {
  return db.transaction().execute(async (trx) => {
    await lockSigningKeys(trx);
    const keys = await readSigningKeys(trx, secrets);
    if (keys.length === 0) throw new Error('There is no signing key yet: start a server first');
    if (!keys.some((key) => key.isOpen)) {
      throw new Error(`The signing keys can't be used here: ${new UndecryptableError().message}`);
    }
    const decision = decideRotation(keys, now.getTime());
    await deleteSigningKeys(trx, decision.removed);
    await expireSigningKeys(trx, decision.expiring, decision.olderVerifyUntil);
    const next = generateSigningKey(secrets, decision.createdAt);
    await insertSigningKey(trx, next);
    return { kid: next.id, ...decision };
  });
}
