import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../sessions/settle-attempt.repository.ts';
import { type Challenge, hashChallenge } from './challenges.repository.ts';
import type { StoredCredential } from './verify-assertion.ts';

/** What an assertion is verified against. */
export interface ChallengeAndOwner {
  /** Null for a challenge that was used before, or never issued. */
  readonly expiresAt: Date | null;
  /** Null for an unknown credential, and for that of a deleted user. */
  readonly owner: CredentialOwner | null;
}

/** A passkey with its user. */
export interface CredentialOwner {
  readonly passkeyId: string;
  readonly credential: StoredCredential;
  readonly user: User;
  /** What the second factor's own row says; null if there is none. */
  readonly factorEnabled: boolean | null;
}

/**
 * Reads a challenge, and whose credential answers it, in one round trip. The passkey is read whole, so that
 * a missing column is a fault here as everywhere else.
 */
export async function readChallengeAndOwner(
  db: Kysely<Database>,
  { challenge, credentialId }: { challenge: Challenge; credentialId: string },
): Promise<ChallengeAndOwner> {
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

interface ProvenAssertion {
  readonly challenge: Challenge;
  readonly passkeyId: string;
  readonly counter: number;
  readonly backedUp: boolean;
}

/**
 * Settles what a passkey proves, as `settleAttempt`, and uses its challenge up. Returns false, and nothing
 * is proven, if the challenge was used meanwhile, the passkey is gone, its counter has caught up with this
 * one, or the subject's session has ended or isn't the passkey owner's.
 */
export async function settleAssertion(
  db: Kysely<Database>,
  assertion: ProvenAssertion,
  attempt: SettledAttempt,
  writes: SuccessWrites,
): Promise<boolean> {
  return settleAttempt(db, takeAssertion(assertion, attempt.at), attempt, writes);
}

/** Uses an assertion up that signs nobody in yet. Returns false as `settleAssertion`. */
export async function useAssertion(
  db: Kysely<Database>,
  assertion: ProvenAssertion,
  at: Date,
): Promise<boolean> {
  const { rows } = await sql`with ${takeAssertion(assertion, at)} select from settled`.execute(db);
  return rows.length === 1;
}

/** Parts of a `with` clause that use up challenge and counter; `settled` returns a row if they were good. */
function takeAssertion(assertion: ProvenAssertion, at: Date): RawBuilder<unknown> {
  const counter = sql`${assertion.counter}::bigint`;
  return sql`taken as (
    delete from auth.verification
    where id = ${hashChallenge(assertion.challenge)}
    returning id
  ), settled as (
    update auth.passkeys
    set counter = ${counter}, backed_up = ${assertion.backedUp}, last_used_at = ${at}
    where id = ${assertion.passkeyId} and exists (select from taken)
      and (counter < ${counter} or (counter = 0 and ${counter} = 0))
      and ${isSubjectLive(assertion.challenge, at)}
    returning (select email from auth.users where id = user_id) as email
  )`;
}

/** A user who signs in has no session yet. */
function isSubjectLive({ subject }: Challenge, at: Date): RawBuilder<unknown> {
  if (subject === 'anybody') return sql`true`;
  return sql`exists (
    select from auth.sessions as session
    where coalesce(session.family_id, session.id) = ${subject.familyId}
      and session.user_id = passkeys.user_id
      and session.expires_at > ${at} and session.revoked_at is null
  )`;
}
