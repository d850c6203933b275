import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { insertChallenge } from '../../src/domains/passkeys/challenges.repository.ts';
import { createPasskey } from '../../test/harness/software-authenticator.ts';
import { JSON_HEADERS, toBody } from './bench-user.ts';
import type { Call } from './http-load.ts';

const LIFETIME_MS = 300_000;

/** A user with a passkey, in the database of a server at `origin`. */
export interface PasskeyUser {
  /** That many sign-ins, each with a challenge of its own, which the database has. */
  prepareSignIns(count: number): Promise<Call[]>;
  close(): Promise<void>;
}

/** Creates the user and their passkey. */
export async function createPasskeyUser(origin: string, databaseUrl: string): Promise<PasskeyUser> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const passkey = createPasskey();
  const userId = randomUUID();
  await db
    .insertInto('auth.users')
    .values({ id: userId, name: 'Bench', email: `${userId}@example.org`, email_verified: true })
    .execute();
  await db
    .insertInto('auth.passkeys')
    .values({
      id: randomUUID(),
      user_id: userId,
      credential_id: passkey.id,
      public_key: passkey.publicKey.toString('base64'),
      device_type: 'multiDevice',
    })
    .execute();
  return {
    async prepareSignIns(count) {
      const now = new Date();
      const expiresAt = new Date(now.getTime() + LIFETIME_MS);
      const challenges = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
      await Promise.all(
        challenges.map((value) =>
          insertChallenge(db, { value, subject: 'anybody' }, { now, expiresAt }),
        ),
      );
      return challenges.map((challenge) => ({
        url: `${origin}/trpc/passkeys.authenticateVerify`,
        method: 'POST',
        headers: JSON_HEADERS,
        body: toBody({ response: passkey.assert(challenge) }),
      }));
    },
    close: () => db.destroy(),
  };
}
