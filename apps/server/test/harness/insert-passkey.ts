import { randomUUID } from 'node:crypto';
import type { InsertedUser } from './insert-user.ts';
import { insertUser } from './insert-user.ts';
import { AAGUID, createPasskey, type SoftwarePasskey } from './software-authenticator.ts';
import type { TestServer } from './test-server.ts';

/** A passkey that was put into the database. */
export interface InsertedPasskey {
  readonly passkeyId: string;
  readonly passkey: SoftwarePasskey;
}

/** A user's passkey, put straight into the database, bypassing whatever fault is under test. */
export async function insertPasskey(
  { owner, deps }: TestServer,
  { id: userId }: Pick<InsertedUser, 'id'>,
): Promise<InsertedPasskey> {
  const passkey = createPasskey();
  const passkeyId = randomUUID();
  await owner
    .insertInto('auth.passkeys')
    .values({
      id: passkeyId,
      user_id: userId,
      name: 'Inserted',
      credential_id: passkey.id,
      public_key: passkey.publicKey.toString('base64'),
      device_type: 'multiDevice',
      backed_up: true,
      transports: 'internal,hybrid',
      aaguid: AAGUID,
      created_at: deps.now(),
    })
    .execute();
  return { passkeyId, passkey };
}

/** A new user with a passkey. */
export async function insertUserWithPasskey(
  server: TestServer,
): Promise<InsertedUser & InsertedPasskey> {
  const user = await insertUser(server);
  return { ...user, ...(await insertPasskey(server, user)) };
}
