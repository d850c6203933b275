import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../sessions/settle-attempt.repository.ts';
import { type Challenge, hashChallenge } from './challenges.repository.ts';
import type { StoredCredential } from './verify-assertion.ts';

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
  { challenge, credentialId }: { challenge: Challenge; credentialId: string },
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

interface RightAssertion {
  readonly challenge: Challenge;
  readonly passkeyId: string;
  readonly counter: number;
  readonly backedUp: boolean;
}

/**
 * Settles what a passkey proves, as `settleAttempt`, and uses its challenge up. Answers false where the
 * challenge was taken meanwhile, the passkey is gone, its counter has moved to where this one isn't above
 * it, or the session that proves has ended or isn't its owner's: then nothing is proven.
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
      and ${isProverLive(assertion.challenge, attempt.at)}
    returning (select email from auth.users where id = user_id) as email
  )`;
  return settleAttempt(db, decision, attempt, writes);
}

/** Whoever signs in has no session yet. */
function isProverLive({ prover }: Challenge, at: Date): RawBuilder<unknown> {
  if (prover === 'anybody') return sql`true`;
  return sql`exists (
    select from auth.sessions as session
    where session.id = ${prover.sessionId} and session.user_id = passkeys.user_id
      and session.expires_at > ${at} and session.revoked_at is null
  )`;
}
