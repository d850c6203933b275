import { createHash } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { toIdentifier } from '../auth/tokens/single-use-tokens.service.ts';

/** Who may answer a challenge: anybody who signs in, or one session whose user reauthenticates. */
export type ChallengeSubject = 'anybody' | { readonly familyId: string; readonly userId: string };

/** A challenge to be signed, valid for its subject only. */
export interface Challenge {
  /** Base64url. */
  readonly value: string;
  readonly subject: ChallengeSubject;
}

/** Purpose of rows in `auth.verification` that belong to no user yet. */
const SIGN_IN = 'passkey-authentication';
/** Named after the user, as their other tokens are, so that they end together. */
const PROOF = 'passkey-reauthentication';

/** Stores a challenge, by its SHA-256, until it is used or pruned. */
export async function insertChallenge(
  db: Kysely<Database>,
  challenge: Challenge,
  { now, expiresAt }: { now: Date; expiresAt: Date },
): Promise<void> {
  const { subject } = challenge;
  await db
    .insertInto('auth.verification')
    .values({
      id: hashChallenge(challenge),
      identifier: subject === 'anybody' ? SIGN_IN : toIdentifier(PROOF, subject.userId),
      value: '',
      expires_at: expiresAt,
      created_at: now,
      updated_at: now,
      session_family_id: subject === 'anybody' ? null : subject.familyId,
    })
    .execute();
}

/** Uses a challenge up. Of any number of concurrent callers exactly one gets true. */
export async function takeChallenge(db: Kysely<Database>, challenge: Challenge): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth.verification')
    .where('id', '=', hashChallenge(challenge))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * The id of a challenge's row. Purpose and session are part of it, so that no token of another purpose and
 * no challenge of another session passes as this one (security check S8).
 */
export function hashChallenge({ value, subject }: Challenge): string {
  const purpose = subject === 'anybody' ? SIGN_IN : `${PROOF}:${subject.familyId}`;
  return createHash('sha256').update(`${purpose}:${value}`).digest('hex');
}
