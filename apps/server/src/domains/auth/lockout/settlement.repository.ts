import type { Database } from '@mana/db/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { LockoutChange } from './lockouts.repository.ts';
import { toRow } from './lockouts.repository.ts';

/** The trail's line about one guess. */
export interface SettledGuess {
  readonly address: string | null;
  readonly successful: boolean;
  readonly method: string;
  readonly at: Date;
}

/** What a right guess brings about, in the same statement. */
export interface SuccessWrites {
  readonly session?: NewSession;
  /** The session in which the user has proved again who they are. */
  readonly provenSessionId?: string;
  readonly device?: { readonly userId: string; readonly deviceId: string };
  /** The same password under a stronger hash; dropped if it was changed meanwhile. */
  readonly rehash?: { readonly accountId: string; readonly from: string; readonly to: string };
}

interface NewSession {
  readonly id: string;
  /** Secret. */
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly userAgent: string | null;
}

/**
 * Settles a guess: the lockout as decided, the trail, and what the guess brings about; all of it or
 * nothing, in one statement. Answers false, having written nothing, if the lockout isn't at `version`.
 */
export async function settleGuess(
  db: Kysely<Database>,
  lockout: LockoutChange & { readonly version: number },
  guess: SettledGuess,
  writes: SuccessWrites = {},
): Promise<boolean> {
  const row = toRow(lockout);
  const { rows } = await sql`
    with settled as (
      update auth.lockouts
      set state = ${row.state}::jsonb, expires_at = ${row.expires_at}, version = version + 1
      where email = ${lockout.email} and version = ${lockout.version}
      returning email
    ), trail as (
      insert into auth.login_attempts (email, ip_address, successful, attempted_at, method)
      select email, ${guess.address}::text, ${guess.successful}::boolean, ${guess.at}::timestamptz,
        ${guess.method}::text
      from settled
    )
    ${sql.join(toParts(guess, writes), sql``)}
    select email from settled
  `.execute(db);
  return rows.length === 1;
}

/** Each begins with a comma: the next part of the `with`, which does nothing unless `settled` did. */
function toParts(guess: SettledGuess, writes: SuccessWrites): RawBuilder<unknown>[] {
  const { session, provenSessionId, device, rehash } = writes;
  const parts: RawBuilder<unknown>[] = [];
  if (session) parts.push(insertSession(guess, session));
  if (provenSessionId !== undefined) {
    parts.push(sql`, proven as (
      update auth.sessions set authenticated_at = ${guess.at}
      where id = ${provenSessionId} and exists (select from settled)
    )`);
  }
  if (device) {
    parts.push(sql`, device as (
      insert into auth.known_devices (user_id, device_id, created_at, last_seen_at)
      select ${device.userId}::text, ${device.deviceId}::text, ${guess.at}::timestamptz,
        ${guess.at}::timestamptz
      from settled
      on conflict (user_id, device_id) do update set last_seen_at = excluded.last_seen_at
    )`);
  }
  if (rehash) {
    parts.push(sql`, rehashed as (
      update auth.accounts set password = ${rehash.to}, updated_at = ${guess.at}
      where id = ${rehash.accountId} and password = ${rehash.from} and exists (select from settled)
    )`);
  }
  return parts;
}

function insertSession(guess: SettledGuess, session: NewSession): RawBuilder<unknown> {
  return sql`, session as (
    insert into auth.sessions (
      id, token, user_id, expires_at, ip_address, user_agent, created_at, updated_at,
      authenticated_at, last_activity_at
    )
    select ${session.id}::text, ${session.token}::text, ${session.userId}::text,
      ${session.expiresAt}::timestamptz, ${guess.address}::text, ${session.userAgent}::text,
      ${guess.at}::timestamptz, ${guess.at}::timestamptz, ${guess.at}::timestamptz,
      ${guess.at}::timestamptz
    from settled
  )`;
}
