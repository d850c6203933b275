import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';

/** Whether this user has signed in with this browser before. */
export async function isDeviceKnown(
  db: Kysely<Database>,
  { userId, deviceId }: { userId: string; deviceId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('auth.known_devices')
    .select('device_id')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many browsers this user has signed in with. */
export async function countDevices(db: Kysely<Database>, userId: string): Promise<number> {
  const { devices } = await db
    .selectFrom('auth.known_devices')
    .select(sql<number>`count(*)::int`.as('devices'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return devices;
}

/** Makes this user's account forget every browser. */
export async function forgetDevices(db: Kysely<Database>, userId: string): Promise<void> {
  await db.deleteFrom('auth.known_devices').where('user_id', '=', userId).execute();
}

/** Makes this user's account know a browser, as signing in with it does. */
export async function rememberDevice(
  db: Kysely<Database>,
  { userId, deviceId, now }: { userId: string; deviceId: string; now: Date },
): Promise<void> {
  await db
    .insertInto('auth.known_devices')
    .values({ user_id: userId, device_id: deviceId, created_at: now, last_seen_at: now })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'device_id']).doUpdateSet({ last_seen_at: now }),
    )
    .execute();
}
