import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';

/** A session as its user may see it. */
export interface UserSession {
  readonly id: string;
  readonly createdAt: Date;
  /** To the day: a session notes its use when it is prolonged. */
  readonly lastActiveAt: Date;
  readonly expiresAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** The user's sessions that are live at `now`: one named first, then the last used; `limit` at most. */
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

/** Ends one live session, if it is this user's. False where there is none such. */
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

/** Ends all sessions of a user, or all but one, and answers how many of them were live at `now`. */
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
