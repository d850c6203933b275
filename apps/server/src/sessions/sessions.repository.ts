import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, sql } from 'kysely';

/** A session and its user. */
export interface SessionWithUser {
  readonly id: string;
  /** Secret. */
  readonly token: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  /** When the user last proved who they are. */
  readonly authenticatedAt: Date;
  readonly user: User;
}

/**
 * The session with this id or token together with its user, if both are live at `now`: not expired, not
 * revoked, not deleted. One round trip.
 */
export async function findLiveSession(
  db: Kysely<Database>,
  by: { id: string } | { token: string },
  now: Date,
): Promise<SessionWithUser | undefined> {
  const [column, value] = 'id' in by ? (['id', by.id] as const) : (['token', by.token] as const);
  const row = await db
    .selectFrom('auth.sessions as session')
    .innerJoin('auth.users as user', 'user.id', 'session.user_id')
    .select([
      'session.id as session_id',
      'session.token',
      'session.created_at as session_created_at',
      'session.updated_at as session_updated_at',
      'session.expires_at as session_expires_at',
      'session.authenticated_at as session_authenticated_at',
    ])
    .selectAll('user')
    .where(`session.${column}`, '=', value)
    .where('session.expires_at', '>', now)
    .where('session.revoked_at', 'is', null)
    .where('user.deleted_at', 'is', null)
    .executeTakeFirst();
  if (!row) return undefined;
  const {
    session_id: id,
    token,
    session_created_at: createdAt,
    session_updated_at: updatedAt,
    session_expires_at: expiresAt,
    session_authenticated_at: authenticatedAt,
    ...user
  } = row;
  return { id, token, createdAt, updatedAt, expiresAt, authenticatedAt, user };
}

/** Moves the end of a session that is live at `now`. False if it has ended. */
export async function extendSession(
  db: Kysely<Database>,
  id: string,
  { now, expiresAt }: { now: Date; expiresAt: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth.sessions')
    .set({ expires_at: expiresAt, updated_at: now })
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends a session, live or not. */
export async function deleteSession(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('auth.sessions').where('id', '=', id).execute();
}

/** A session as its user may see it. */
export interface UserSession {
  readonly id: string;
  readonly createdAt: Date;
  /** To the day: a session records its use when it is renewed. */
  readonly lastActiveAt: Date;
  readonly expiresAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** The user's sessions that are live at `now`, at most `limit`: `first` first, then the last used. */
export async function listUserSessions(
  db: Kysely<Database>,
  userId: string,
  { now, first, limit }: { now: Date; first: string; limit: number },
): Promise<UserSession[]> {
  const lastActiveAt = sql<Date>`greatest(last_activity_at, updated_at)`;
  return db
    .selectFrom('auth.sessions')
    .select([
      'id',
      'created_at as createdAt',
      lastActiveAt.as('lastActiveAt'),
      'expires_at as expiresAt',
      'ip_address as ipAddress',
      'user_agent as userAgent',
    ])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .orderBy((eb) => eb('id', '=', first), 'desc')
    .orderBy(lastActiveAt, 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Ends one live session of this user. False if there is no such session. */
export async function deleteUserSession(
  db: Kysely<Database>,
  userId: string,
  { id, now }: { id: string; now: Date },
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth.sessions')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Ends all sessions of a user, or all but one. Answers how many of them were live at `now`. */
export async function deleteUserSessions(
  db: Kysely<Database>,
  userId: string,
  { now, except }: { now: Date; except?: string },
): Promise<number> {
  let query = db.deleteFrom('auth.sessions').where('user_id', '=', userId);
  if (except !== undefined) query = query.where('id', '!=', except);
  const rows = await query.returning(['expires_at', 'revoked_at']).execute();
  return rows.filter((row) => row.expires_at > now && row.revoked_at === null).length;
}
