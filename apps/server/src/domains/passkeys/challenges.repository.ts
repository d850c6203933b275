import { createHash } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { toIdentifier } from '../auth/tokens/single-use-tokens.service.ts';

/** Who may answer a challenge: whoever signs in, or one session whose user proves again who they are. */
export type Prover = 'anybody' | { readonly sessionId: string; readonly userId: string };

/** A challenge to be signed. To another prover it is none. */
export interface Challenge {
  /** Base64url. */
  readonly value: string;
  readonly prover: Prover;
}

/** What the rows of `auth.verification` are for that are no user's yet. */
const SIGN_IN = 'passkey-authentication';
/** As the user's other tokens, so that these end with them. */
const PROOF = 'passkey-reauthentication';

/** Keeps a challenge, by its SHA-256, until it is taken or pruned. */
export async function insertChallenge(
  db: Kysely<Database>,
  challenge: Challenge,
  { now, expiresAt }: { now: Date; expiresAt: Date },
): Promise<void> {
  const { prover } = challenge;
  await db
    .insertInto('auth.verification')
    .values({
      id: hashChallenge(challenge),
      identifier: prover === 'anybody' ? SIGN_IN : toIdentifier(PROOF, prover.userId),
      value: '',
      expires_at: expiresAt,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** Uses a challenge up. Of any number of callers at once exactly one is answered true. */
export async function takeChallenge(db: Kysely<Database>, challenge: Challenge): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth.verification')
    .where('id', '=', hashChallenge(challenge))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * The id of a challenge's row. Purpose and session are part of it: a token of another purpose, and a
 * challenge of another session, is no challenge here (security check S8).
 */
export function hashChallenge({ value, prover }: Challenge): string {
  const purpose = prover === 'anybody' ? SIGN_IN : `${PROOF}:${prover.sessionId}`;
  return createHash('sha256').update(`${purpose}:${value}`).digest('hex');
}
