import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, sql } from 'kysely';
import { isSecondFactorOn } from './factors.ts';

/** A session and its user. */
export interface SessionWithUser {
  /** New with each token. */
  readonly id: string;
  /** The same for all ids that the session has had. */
  readonly familyId: string;
  /** Whether another id and token have replaced these. Such a session never counts as fresh. */
  readonly isReplaced: boolean;
  /** Secret. */
  readonly token: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  /** When the user last proved who they are. */
  readonly authenticatedAt: Date;
  /** How they did (RFC 8176), null if an earlier version didn't note it. */
  readonly amr: readonly string[] | null;
  readonly user: User;
  /** Whether the user has a second factor. */
  readonly requiresSecondFactor: boolean;
}

/** The id of the first row of a session, which all its later ones name. */
const FAMILY = sql<string>`coalesce(family_id, id)`;

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
  const row = await selectLive(db, now).where(`session.${column}`, '=', value).executeTakeFirst();
  return row && toSessionWithUser(row);
}

/** The newest row of a family, as `findLiveSession` answers it. */
export async function findCurrentSession(
  db: Kysely<Database>,
  { familyId, user }: Pick<SessionWithUser, 'familyId' | 'user'>,
  now: Date,
): Promise<SessionWithUser | undefined> {
  const row = await selectLive(db, now)
    .where('session.user_id', '=', user.id)
    .where(sql`coalesce(session.family_id, session.id)`, '=', familyId)
    .where('session.replaced_at', 'is', null)
    .executeTakeFirst();
  return row && toSessionWithUser(row);
}

function selectLive(db: Kysely<Database>, now: Date) {
  return db
    .selectFrom('auth.sessions as session')
    .innerJoin('auth.users as user', 'user.id', 'session.user_id')
    .leftJoin('auth.two_factor_auth as factor', 'factor.user_id', 'user.id')
    .select([
      'session.id as session_id',
      'session.family_id as session_family_id',
      'session.replaced_at as session_replaced_at',
      'session.token',
      'session.created_at as session_created_at',
      'session.updated_at as session_updated_at',
      'session.expires_at as session_expires_at',
      'session.authenticated_at as session_authenticated_at',
      'session.amr as session_amr',
      'factor.enabled as factor_enabled',
    ])
    .selectAll('user')
    .where('session.expires_at', '>', now)
    .where('session.revoked_at', 'is', null)
    .where('user.deleted_at', 'is', null);
}

type LiveRow = NonNullable<Awaited<ReturnType<ReturnType<typeof selectLive>['executeTakeFirst']>>>;

function toSessionWithUser(row: LiveRow): SessionWithUser {
  const {
    session_id: id,
    session_family_id,
    session_replaced_at,
    token,
    session_created_at: createdAt,
    session_updated_at: updatedAt,
    session_expires_at: expiresAt,
    session_authenticated_at: authenticatedAt,
    session_amr: amr,
    factor_enabled,
    ...user
  } = row;
  const times = { createdAt, updatedAt, expiresAt, authenticatedAt };
  return {
    id,
    familyId: session_family_id ?? id,
    isReplaced: session_replaced_at !== null,
    token,
    ...times,
    amr,
    user,
    requiresSecondFactor: isSecondFactorOn(user, { enabled: factor_enabled }),
  };
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

/** Ends a session, live or not, under all its ids. */
export async function deleteSession(
  db: Kysely<Database>,
  { familyId, user }: Pick<SessionWithUser, 'familyId' | 'user'>,
): Promise<void> {
  await db
    .deleteFrom('auth.sessions')
    .where('user_id', '=', user.id)
    .where(FAMILY, '=', familyId)
    .execute();
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
  /** Whether it is the caller's own. */
  readonly current: boolean;
}

/** The user's sessions that are live at `now`, at most `limit`: the caller's first, then the last used. */
export async function listUserSessions(
  db: Kysely<Database>,
  { familyId, user }: Pick<SessionWithUser, 'familyId' | 'user'>,
  { now, limit }: { now: Date; limit: number },
): Promise<UserSession[]> {
  const lastActiveAt = sql<Date>`greatest(last_activity_at, updated_at)`;
  const current = sql<boolean>`${FAMILY} = ${familyId}`;
  return db
    .selectFrom('auth.sessions')
    .select([
      'id',
      'created_at as createdAt',
      lastActiveAt.as('lastActiveAt'),
      'expires_at as expiresAt',
      'ip_address as ipAddress',
      'user_agent as userAgent',
      current.as('current'),
    ])
    .where('user_id', '=', user.id)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .where('replaced_at', 'is', null)
    .orderBy(current, 'desc')
    .orderBy(lastActiveAt, 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/**
 * Ends one live session of this user, under all its ids. It may be named by a former one, as by a page that
 * was loaded before. False if there is no such session.
 */
export async function deleteUserSession(
  db: Kysely<Database>,
  userId: string,
  { id, now }: { id: string; now: Date },
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('auth.sessions')
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .where(FAMILY, '=', (eb) =>
      eb
        .selectFrom('auth.sessions')
        .select(FAMILY.as('family'))
        .where('id', '=', id)
        .where('user_id', '=', userId),
    )
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * Ends all sessions of a user, or all but the newest row of one; its former tokens end at once. Answers how
 * many sessions were live at `now`.
 */
export async function deleteUserSessions(
  db: Kysely<Database>,
  userId: string,
  { now, except }: { now: Date; except?: Pick<SessionWithUser, 'familyId'> },
): Promise<number> {
  let query = db.deleteFrom('auth.sessions').where('user_id', '=', userId);
  if (except) {
    query = query.where((eb) =>
      eb.or([eb(FAMILY, '!=', except.familyId), eb('replaced_at', 'is not', null)]),
    );
  }
  const rows = await query.returning(['expires_at', 'revoked_at', 'replaced_at']).execute();
  return rows.filter(
    (row) => row.expires_at > now && row.revoked_at === null && row.replaced_at === null,
  ).length;
}
