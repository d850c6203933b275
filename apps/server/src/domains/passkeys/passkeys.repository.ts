import { randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { Passkey } from '@mana/db/schema/passkeys';
import type { Kysely, Transaction } from 'kysely';
import type { RegisteredCredential } from './verify-registration.ts';

/** A user's passkeys, oldest first. */
export async function listPasskeys(db: Kysely<Database>, userId: string): Promise<Passkey[]> {
  return db
    .selectFrom('auth.passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Stores a new passkey. Undefined, and nothing stored, if any user has the credential already. */
export async function insertPasskey(
  trx: Transaction<Database>,
  credential: RegisteredCredential,
  { userId, name, now }: { userId: string; name: string | null; now: Date },
): Promise<Passkey | undefined> {
  return trx
    .insertInto('auth.passkeys')
    .values({
      id: randomUUID(),
      user_id: userId,
      name,
      credential_id: credential.credentialId,
      public_key: credential.publicKey,
      counter: credential.counter,
      device_type: credential.deviceType,
      backed_up: credential.backedUp,
      transports: credential.transports,
      aaguid: credential.aaguid,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Undefined if the user has no such passkey. */
export async function updatePasskeyName(
  db: Kysely<Database>,
  userId: string,
  { id, name }: { id: string; name: string },
): Promise<Passkey | undefined> {
  return db
    .updateTable('auth.passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst();
}

/** Removes a passkey by its id. */
export async function deletePasskey(trx: Transaction<Database>, id: string): Promise<void> {
  await trx.deleteFrom('auth.passkeys').where('id', '=', id).execute();
}
