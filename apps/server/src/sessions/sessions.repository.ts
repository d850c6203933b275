import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely } from 'kysely';

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
      'user.id',
      'user.name',
      'user.email',
      'user.email_verified',
      'user.image',
      'user.created_at',
      'user.updated_at',
      'user.role',
      'user.access_tier',
      'user.kind',
      'user.two_factor_enabled',
      'user.onboarding_completed_at',
      'user.deleted_at',
    ])
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

/** Moves the end of a session that is live at `now`. False where it has ended. */
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

export async function deleteSession(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('auth.sessions').where('id', '=', id).execute();
}

export async function deleteSessionByToken(db: Kysely<Database>, token: string): Promise<void> {
  await db.deleteFrom('auth.sessions').where('token', '=', token).execute();
}
