import type { Database } from '@mana/db/schema/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import {
  insertSecurityEventFor,
  type SecurityEvent,
} from '../security-events/security-events.repository.ts';
import {
  type NewSessionKey,
  type Replacement,
  replaceSession,
} from './replace-session.repository.ts';

/** What the audit log of sign-ins says about one attempt. */
export interface SettledAttempt {
  /** By which it can be taken back. */
  readonly id?: string;
  readonly address: string | null;
  readonly successful: boolean;
  readonly method: string;
  readonly at: Date;
}

/** What an outcome leads to, in the same statement. */
export interface OutcomeWrites {
  readonly event?: SecurityEvent;
  /** The part of the statement that queues a mail for each row of `source`. */
  readonly mail?: (source: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** The part that stores the token of the link in that mail, if it was queued. */
  readonly link?: (source: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** What a success writes, in the same statement. */
export interface SuccessWrites extends OutcomeWrites {
  readonly session?: NewSession;
  /** What replaces the session in which the user has just proved again who they are. */
  readonly replacement?: Replacement;
  readonly device?: { readonly userId: string; readonly deviceId: string };
  /** The same password under a stronger hash; ignored if it has been changed meanwhile. */
  readonly rehash?: { readonly accountId: string; readonly from: string; readonly to: string };
}

interface NewSession extends NewSessionKey {
  readonly userId: string;
  readonly amr: readonly string[];
  readonly expiresAt: Date;
  readonly userAgent: string | null;
}

/**
 * Settles an attempt: the decision, the audit log and what a success writes, all of it or nothing, in one
 * statement. `decision` begins its `with` clause; the last part of it is named `settled` and returns the
 * account's `email`. If that returns no row, nothing else is written, and the answer is false.
 */
export async function settleAttempt(
  db: Kysely<Database>,
  decision: RawBuilder<unknown>,
  attempt: SettledAttempt,
  writes: SuccessWrites = {},
): Promise<boolean> {
  const { rows } = await sql`
    with ${decision}, audit_log as (
      insert into auth.login_attempts (
        email, ip_address, successful, attempted_at, method, attempt_id
      )
      select email, ${attempt.address}::text, ${attempt.successful}::boolean,
        ${attempt.at}::timestamptz, ${attempt.method}::text, ${attempt.id ?? null}::text
      from settled
    )
    ${sql.join(toParts(attempt, writes), sql``)}
    select email from settled
  `.execute(db);
  return rows.length === 1;
}

/** Each begins with a comma: the next part of the `with` clause, which does nothing unless `settled` did. */
function toParts(attempt: SettledAttempt, writes: SuccessWrites): RawBuilder<unknown>[] {
  const { session, replacement, device, rehash, event, mail, link } = writes;
  const parts: RawBuilder<unknown>[] = [];
  if (session) parts.push(insertSession(attempt, session));
  if (replacement) {
    parts.push(sql`, ${replaceSession(replacement, sql`exists (select from settled)`)}`);
  }
  if (device) {
    parts.push(sql`, device as (
      insert into auth.known_devices (user_id, device_id, created_at, last_seen_at)
      select ${device.userId}::text, ${device.deviceId}::text, ${attempt.at}::timestamptz,
        ${attempt.at}::timestamptz
      from settled
      on conflict (user_id, device_id) do update set last_seen_at = excluded.last_seen_at
    )`);
  }
  if (rehash) {
    parts.push(sql`, rehashed as (
      update auth.accounts set password = ${rehash.to}, updated_at = ${attempt.at}
      where id = ${rehash.accountId} and password = ${rehash.from} and exists (select from settled)
    )`);
  }
  const source = sql`settled`;
  if (event) parts.push(sql`, event as (${insertSecurityEventFor(source, event)})`);
  if (mail) parts.push(sql`, mail as (${mail(source)})`);
  if (mail && link) parts.push(sql`, link as (${link(sql`mail`)})`);
  return parts;
}

function insertSession(attempt: SettledAttempt, session: NewSession): RawBuilder<unknown> {
  return sql`, session as (
    insert into auth.sessions (
      id, token, user_id, expires_at, ip_address, user_agent, created_at, updated_at,
      authenticated_at, last_activity_at, amr
    )
    select ${session.id}::text, ${session.token}::text, ${session.userId}::text,
      ${session.expiresAt}::timestamptz, ${attempt.address}::text, ${session.userAgent}::text,
      ${attempt.at}::timestamptz, ${attempt.at}::timestamptz, ${attempt.at}::timestamptz,
      ${attempt.at}::timestamptz, ${session.amr}::text[]
    from settled
  )`;
}
