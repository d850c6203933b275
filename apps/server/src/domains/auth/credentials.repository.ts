import { randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { type Kysely, sql, type Transaction } from 'kysely';
import { isSecondFactorOn } from '../../sessions/factors.ts';
import { toSeenLockout } from './lockout/lockouts.repository.ts';
import type { SeenAccount } from './lockout/reserve-attempt.ts';

/** Provider of the account row that holds a password, as Better Auth names it. */
const PASSWORD_PROVIDER = 'credential';

/** A password as it is stored, and the account row that holds it. */
export interface StoredPassword {
  readonly accountId: string;
  /** Secret. */
  readonly hash: string;
}

/** What a sign-in with a password is decided on. */
export interface SignInAccount {
  /** Null if nobody has the address, or the user was deleted. */
  readonly user: User | null;
  readonly password: StoredPassword | null;
  readonly requiresSecondFactor: boolean;
  readonly seen: SeenAccount;
}

/**
 * Everything that a sign-in with a password needs to know about an address and the browser it comes from.
 * One round trip, the same for an address that nobody has.
 */
export async function readSignInAccount(
  db: Kysely<Database>,
  email: string,
  deviceId: string | undefined,
): Promise<SignInAccount> {
  const row = await db
    .selectFrom(db.selectNoFrom(sql<string>`${email}::text`.as('email')).as('asked'))
    .leftJoin('auth.lockouts as lockout', 'lockout.email', 'asked.email')
    .leftJoin('auth.users as user', (join) =>
      join.onRef('user.email', '=', 'asked.email').on('user.deleted_at', 'is', null),
    )
    .leftJoin('auth.accounts as account', (join) =>
      join
        .onRef('account.user_id', '=', 'user.id')
        .on('account.provider_id', '=', PASSWORD_PROVIDER),
    )
    .leftJoin('auth.two_factor_auth as factor', 'factor.user_id', 'user.id')
    .leftJoin('auth.known_devices as device', (join) =>
      join.onRef('device.user_id', '=', 'user.id').on('device.device_id', '=', deviceId ?? ''),
    )
    .select(['lockout.state', 'lockout.version', 'device.device_id', 'account.password'])
    .select(['account.id as account_id', 'factor.enabled as factor_enabled'])
    .select((eb) =>
      eb
        .selectFrom('auth.known_devices as known')
        .select(sql<number>`count(*)::int`.as('devices'))
        .whereRef('known.user_id', '=', 'user.id')
        .as('known_devices'),
    )
    .selectAll('user')
    .executeTakeFirstOrThrow();
  const {
    state,
    version,
    device_id,
    password,
    account_id,
    factor_enabled,
    known_devices,
    ...user
  } = row;
  return {
    user: user.id === null ? null : (user as User),
    password: account_id !== null && password ? { accountId: account_id, hash: password } : null,
    requiresSecondFactor:
      user.id !== null && isSecondFactorOn(user as User, { enabled: factor_enabled }),
    seen: {
      device: device_id,
      knownDevices: known_devices ?? 0,
      lockout: toSeenLockout({ state, version }),
    },
  };
}

/** A user's stored password, or null if they have none. */
export async function findStoredPassword(
  db: Kysely<Database>,
  userId: string,
): Promise<StoredPassword | null> {
  const row = await db
    .selectFrom('auth.accounts')
    .select(['id', 'password'])
    .where('user_id', '=', userId)
    .where('provider_id', '=', PASSWORD_PROVIDER)
    .executeTakeFirst();
  return row?.password ? { accountId: row.id, hash: row.password } : null;
}

interface NewPassword {
  /** Secret. */
  readonly hash: string;
  readonly now: Date;
}

/** Gives a user their first password. */
export async function insertPassword(
  trx: Transaction<Database>,
  userId: string,
  { hash, now }: NewPassword,
): Promise<void> {
  await trx
    .insertInto('auth.accounts')
    .values({
      id: randomUUID(),
      account_id: userId,
      provider_id: PASSWORD_PROVIDER,
      user_id: userId,
      password: hash,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** Replaces a user's password, or gives them one. The caller has locked the user (`lockUser`). */
export async function setPassword(
  trx: Transaction<Database>,
  userId: string,
  { hash, now }: NewPassword,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('auth.accounts')
    .set({ password: hash, updated_at: now })
    .where('user_id', '=', userId)
    .where('provider_id', '=', PASSWORD_PROVIDER)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) await insertPassword(trx, userId, { hash, now });
}

/** Stores the same password under a stronger hash, unless it was changed meanwhile. */
export async function upgradePassword(
  db: Kysely<Database>,
  { accountId, from, to }: { accountId: string; from: string; to: string },
  now: Date,
): Promise<void> {
  await db
    .updateTable('auth.accounts')
    .set({ password: to, updated_at: now })
    .where('id', '=', accountId)
    .where('password', '=', from)
    .execute();
}

/** Removes a user's password, or every way to sign in that has an account row. */
export async function deleteCredentials(
  trx: Transaction<Database>,
  userId: string,
  which: 'password' | 'all',
): Promise<void> {
  let query = trx.deleteFrom('auth.accounts').where('user_id', '=', userId);
  if (which === 'password') query = query.where('provider_id', '=', PASSWORD_PROVIDER);
  await query.execute();
}
