import { createHash, randomBytes } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { Database } from '@mana/db/database';
import type { User } from '@mana/db/tables/users';
import type { Kysely, Transaction } from 'kysely';

const TOKEN_BYTES = 32;

/** What a mailed token is for. A token of one purpose is nothing to the others. */
export type MailTokenPurpose = 'email-verification';

export interface MailTokenSubject {
  readonly purpose: MailTokenPurpose;
  readonly userId: string;
  /** The address that the token was mailed to. */
  readonly email: string;
}

/**
 * Makes a single-use token of 32 random bytes (base64url, 43 characters). The database keeps its
 * SHA-256 only, so that who reads a backup can't redeem it. Secret.
 */
export async function issueMailToken(
  db: Kysely<Database>,
  subject: MailTokenSubject,
  lifetime: { from: Date; ttlSeconds: number },
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await db
    .insertInto('auth.verification')
    .values({
      id: hashToken(subject.purpose, token),
      identifier: toIdentifier(subject),
      value: subject.email,
      expires_at: new Date(lifetime.from.getTime() + lifetime.ttlSeconds * 1000),
      created_at: lifetime.from,
      updated_at: lifetime.from,
    })
    .execute();
  return token;
}

/**
 * Redeems a token and answers the user it was issued for: of any number of callers at once exactly one
 * succeeds, and the user's other tokens of that purpose end with it. Rolling `trx` back gives the token
 * back.
 *
 * Throws TOKEN_EXPIRED, or TOKEN_INVALID for one that was used, replaced or never issued, or whose user
 * is gone or has another address by now.
 */
export async function redeemMailToken(
  trx: Transaction<Database>,
  purpose: MailTokenPurpose,
  redemption: { token: string; now: Date },
): Promise<User> {
  const row = await trx
    .deleteFrom('auth.verification as token')
    .using('auth.users as user')
    .where('token.id', '=', hashToken(purpose, redemption.token))
    .whereRef('user.email', '=', 'token.value')
    .where('user.deleted_at', 'is', null)
    .returningAll('user')
    .returning(['token.identifier as token_identifier', 'token.expires_at as token_expires_at'])
    .executeTakeFirst();
  if (!row) throw new AuthError('TOKEN_INVALID');
  const { token_identifier, token_expires_at, ...user } = row;
  if (token_expires_at <= redemption.now) throw new AuthError('TOKEN_EXPIRED');
  if (token_identifier !== toIdentifier({ purpose, userId: user.id })) {
    throw new AuthError('TOKEN_INVALID');
  }
  await trx.deleteFrom('auth.verification').where('identifier', '=', token_identifier).execute();
  return user;
}

function toIdentifier({ purpose, userId }: Omit<MailTokenSubject, 'email'>): string {
  return `${purpose}:${userId}`;
}

function hashToken(purpose: MailTokenPurpose, token: string): string {
  return createHash('sha256').update(`${purpose}:${token}`).digest('hex');
}
