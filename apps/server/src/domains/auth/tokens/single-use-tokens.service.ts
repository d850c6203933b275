import { createHash, randomBytes } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { SessionWithUser } from '../../../sessions/sessions.repository.ts';

const TOKEN_BYTES = 32;

const TOKEN_PURPOSES = [
  'email-verification',
  'password-reset',
  'unlock',
  'email-change',
  'two-factor',
  'passkey-registration',
  'passkey-upgrade',
  'passkey-reauthentication',
] as const;

/**
 * For the owner of an address that an account had before. Nothing that is done to the account after the change
 * ends it, since a thief might have done it.
 */
const UNDO = 'email-change-undo';

/** What a token is for. A token of one purpose is worthless for the others (security check S8). */
export type TokenPurpose = (typeof TOKEN_PURPOSES)[number] | typeof UNDO;

/** Whom and what a token is issued for. */
interface TokenSubject {
  readonly purpose: TokenPurpose;
  readonly userId: string;
  /** The user's address at this moment: the token is good only as long as it stays the same. */
  readonly email: string;
  /** The address that the user wants to change to. */
  readonly newEmail?: string;
  /** The factors that were proven before it was issued (RFC 8176). */
  readonly amr?: readonly string[];
  /** The session that asks for it: the token is good only as long as that one lives. */
  readonly session?: Pick<SessionWithUser, 'familyId'>;
}

interface TokenHolder {
  readonly user: User;
  /** The session that asked for it, null if none did. */
  readonly familyId: string | null;
  /** The address that the token was mailed to. */
  readonly email: string;
  readonly newEmail: string | undefined;
  readonly amr: readonly string[] | undefined;
  readonly issuedAt: Date;
}

interface TokenLifetime {
  readonly from: Date;
  readonly ttlSeconds: number;
}

/** Makes a single-use token and stores it (`generateToken`, `storeToken`). Secret. */
export async function issueToken(
  db: Kysely<Database>,
  subject: TokenSubject,
  lifetime: TokenLifetime,
): Promise<string> {
  const token = generateToken();
  await storeToken(db, token, subject, lifetime);
  return token;
}

/** Makes a token of 32 random bytes (base64url, 43 characters). It is good once it is stored. Secret. */
export function generateToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Stores of a token only its SHA-256, so that nobody can redeem it from a backup. */
export async function storeToken(
  db: Kysely<Database>,
  token: string,
  subject: TokenSubject,
  lifetime: TokenLifetime,
): Promise<void> {
  await storeTokenFor(sql`(values (1)) as one`, token, subject, lifetime).execute(db);
}

/** The part of a statement that does so if `source` has a row; it must not have more than one. */
export function storeTokenFor(
  source: RawBuilder<unknown>,
  token: string,
  subject: TokenSubject,
  { from, ttlSeconds }: TokenLifetime,
): RawBuilder<unknown> {
  const { purpose, userId, email, newEmail, amr, session } = subject;
  return sql`
    insert into auth.verification (
      id, identifier, value, expires_at, created_at, updated_at, session_family_id
    )
    select ${hashToken(purpose, token)}::text, ${toIdentifier(purpose, userId)}::text,
      ${JSON.stringify({ email, newEmail, amr })}::text,
      ${new Date(from.getTime() + ttlSeconds * 1000)}::timestamptz,
      ${from}::timestamptz, ${from}::timestamptz,
      ${session?.familyId ?? null}::text
    from ${source}
  `;
}

const FAMILY_OF_SESSION = sql<string>`coalesce(session.family_id, session.id)`;

interface Presented {
  readonly token: string;
  readonly now: Date;
}

/**
 * Whom a token was issued for, without redeeming it.
 *
 * Throws TOKEN_EXPIRED, or TOKEN_INVALID for a token that was used, replaced or never issued, whose user is
 * gone or has changed their address, or whose session has ended.
 */
export async function findTokenHolder(
  db: Kysely<Database>,
  purpose: TokenPurpose,
  presented: Presented,
): Promise<TokenHolder> {
  const row = await db
    .selectFrom('auth.verification as token')
    .innerJoin('auth.users as user', (join) =>
      join.on('user.id', '=', sql<string>`split_part(token.identifier, ':', 2)`),
    )
    .where('token.id', '=', hashToken(purpose, presented.token))
    .where('user.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('token.session_family_id', 'is', null),
        eb.exists(
          eb
            .selectFrom('auth.sessions as session')
            .select('session.id')
            .whereRef('session.user_id', '=', 'user.id')
            .where(FAMILY_OF_SESSION, '=', eb.ref('token.session_family_id'))
            .where('session.expires_at', '>', presented.now)
            .where('session.revoked_at', 'is', null)
            .where('session.replaced_at', 'is', null),
        ),
      ]),
    )
    .selectAll('user')
    .select(['token.identifier as token_identifier', 'token.value as token_value'])
    .select(['token.expires_at as token_expires_at', 'token.created_at as token_created_at'])
    .select('token.session_family_id')
    .executeTakeFirst();
  if (!row) throw new AuthError('TOKEN_INVALID');
  const { token_identifier, token_value, token_expires_at, token_created_at, ...rest } = row;
  const { session_family_id, ...user } = rest;
  if (token_expires_at <= presented.now) throw new AuthError('TOKEN_EXPIRED');
  const { email, newEmail, amr } = parseValue(token_value);
  const isForAddress = purpose === UNDO || email === user.email;
  if (token_identifier !== toIdentifier(purpose, user.id) || !isForAddress) {
    throw new AuthError('TOKEN_INVALID');
  }
  return { user, familyId: session_family_id, email, newEmail, amr, issuedAt: token_created_at };
}

/**
 * Redeems a token: of any number of simultaneous callers exactly one succeeds, and the user's other tokens
 * of that purpose end with it; of those that undo a change, the later ones alone: they went to whoever made
 * the change. Locks the user for this transaction (`lockUser`); rolling it back makes the token good again.
 * Throws as `findTokenHolder`.
 */
export async function redeemToken(
  trx: Transaction<Database>,
  purpose: TokenPurpose,
  presented: Presented,
): Promise<TokenHolder> {
  const holder = await findTokenHolder(trx, purpose, presented);
  const user = await lockUser(trx, holder.user.id);
  if (!user) throw new AuthError('TOKEN_INVALID');
  const { numDeletedRows } = await trx
    .deleteFrom('auth.verification')
    .where('id', '=', hashToken(purpose, presented.token))
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new AuthError('TOKEN_INVALID');
  await trx
    .deleteFrom('auth.verification')
    .where('identifier', '=', toIdentifier(purpose, user.id))
    .$if(purpose === UNDO, (query) => query.where('created_at', '>=', holder.issuedAt))
    .execute();
  return { ...holder, user };
}

/** Ends a user's tokens: those that some purposes name, or all but those that undo a change of address. */
export async function deleteTokens(
  db: Kysely<Database>,
  userId: string,
  purposes: readonly TokenPurpose[] = TOKEN_PURPOSES,
): Promise<void> {
  await db
    .deleteFrom('auth.verification')
    .where(
      'identifier',
      'in',
      purposes.map((purpose) => toIdentifier(purpose, userId)),
    )
    .execute();
}

const valueSchema = z.object({
  email: z.string(),
  newEmail: z.string().optional(),
  amr: z.array(z.string()).optional(),
});

/** A row that we didn't write, as in a migrated database, is no token. */
function parseValue(value: string): z.infer<typeof valueSchema> {
  try {
    return valueSchema.parse(JSON.parse(value));
  } catch (cause) {
    throw new AuthError('TOKEN_INVALID', { cause });
  }
}

/** What all of a user's tokens of one purpose are found by. */
export function toIdentifier(purpose: TokenPurpose, userId: string): string {
  return `${purpose}:${userId}`;
}

function hashToken(purpose: TokenPurpose, token: string): string {
  return createHash('sha256').update(`${purpose}:${token}`).digest('hex');
}
