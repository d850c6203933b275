import { createHash } from 'node:crypto';
import type { Database } from '@mana/db/database';
import type { User } from '@mana/db/tables/users';
import { type Kysely, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../sessions/settle-attempt.repository.ts';
import type { StoredCredential } from './verify-assertion.ts';

/** What the rows of `auth.verification` are for that are no user's yet. */
const PURPOSE = 'passkey-authentication';

/** Keeps a challenge, by its SHA-256, until it is taken or pruned. */
export async function insertChallenge(
  db: Kysely<Database>,
  challenge: string,
  { now, expiresAt }: { now: Date; expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('auth.verification')
    .values({
      id: hashChallenge(challenge),
      identifier: PURPOSE,
      value: '',
      expires_at: expiresAt,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** What an assertion is judged by. */
export interface Asked {
  /** Null for a challenge that was taken before, or never issued. */
  readonly expiresAt: Date | null;
  /** Null for a credential of nobody, and for one of a user who was deleted. */
  readonly owner: CredentialOwner | null;
}

export interface CredentialOwner {
  readonly passkeyId: string;
  readonly credential: StoredCredential;
  readonly user: User;
  /** What the second factor's own row says, null where there is none. */
  readonly factorEnabled: boolean | null;
}

/**
 * Reads a challenge, and whose credential answers it, in one round trip. The passkey is read whole, so that
 * a column that is gone is a fault here as everywhere.
 */
export async function readAsked(
  db: Kysely<Database>,
  { challenge, credentialId }: { challenge: string; credentialId: string },
): Promise<Asked> {
  const { expires, factor_enabled, passkey_id, public_key, counter, device_type, ...user } =
    await db
      .selectFrom(db.selectNoFrom(sql<number>`1`.as('one')).as('asked'))
      .leftJoin('auth.verification as challenge', (join) =>
        join.on('challenge.id', '=', hashChallenge(challenge)),
      )
      .leftJoin(
        (eb) =>
          eb
            .selectFrom('auth.passkeys')
            .selectAll()
            .where('credential_id', '=', credentialId)
            .as('passkey'),
        (join) => join.onTrue(),
      )
      .leftJoin('auth.users as user', (join) =>
        join.onRef('user.id', '=', 'passkey.user_id').on('user.deleted_at', 'is', null),
      )
      .leftJoin('auth.two_factor_auth as factor', 'factor.user_id', 'user.id')
      .selectAll('user')
      .select(['challenge.expires_at as expires', 'factor.enabled as factor_enabled'])
      .select(['passkey.id as passkey_id', 'passkey.public_key', 'passkey.counter'])
      .select('passkey.device_type')
      .executeTakeFirstOrThrow();
  if (passkey_id === null || user.id === null) return { expiresAt: expires, owner: null };
  const credential = {
    credentialId,
    publicKey: public_key ?? '',
    counter: Number(counter),
    deviceType: device_type ?? '',
  };
  const owner = {
    passkeyId: passkey_id,
    credential,
    user: user as User,
    factorEnabled: factor_enabled,
  };
  return { expiresAt: expires, owner };
}

/** Uses a challenge up. Of any number of callers at once exactly one is answered true. */
export async function takeChallenge(db: Kysely<Database>, challenge: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth.verification')
    .where('id', '=', hashChallenge(challenge))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

interface RightAssertion {
  readonly challenge: string;
  readonly passkeyId: string;
  readonly counter: number;
  readonly backedUp: boolean;
}

/**
 * Settles a sign-in with a passkey, as `settleAttempt`, and uses its challenge up. Answers false where the
 * challenge was taken meanwhile, the passkey is gone, or its counter has moved to where this one isn't
 * above it: then nobody is signed in.
 */
export async function settleAssertion(
  db: Kysely<Database>,
  assertion: RightAssertion,
  attempt: SettledAttempt,
  writes: SuccessWrites,
): Promise<boolean> {
  const counter = sql`${assertion.counter}::bigint`;
  const decision = sql`taken as (
    delete from auth.verification
    where id = ${hashChallenge(assertion.challenge)}
    returning id
  ), settled as (
    update auth.passkeys
    set counter = ${counter}, backed_up = ${assertion.backedUp}, last_used_at = ${attempt.at}
    where id = ${assertion.passkeyId} and exists (select from taken)
      and (counter < ${counter} or (counter = 0 and ${counter} = 0))
    returning (select email from auth.users where id = user_id) as email
  )`;
  return settleAttempt(db, decision, attempt, writes);
}

/** The purpose is part of it: a token of another purpose is no challenge here (security check S8). */
function hashChallenge(challenge: string): string {
  return createHash('sha256').update(`${PURPOSE}:${challenge}`).digest('hex');
}
