import type { Database } from '@mana/db/schema/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { MailQuota } from './mail-quotas.ts';

const HOUR_MS = 60 * 60_000;
/** How long a server may take to deliver a mail before another one tries. */
const LEASE_MS = 2 * 60_000;

/** A mail as it is stored, to be delivered. */
export interface NewMail {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  /** Whose request led to it, where those of different people are counted apart; else empty. */
  readonly cause: string;
  /** Encrypted. */
  readonly payload: string;
  readonly createdAt: Date;
  /** From then on it is of no use. */
  readonly expiresAt: Date;
}

/**
 * The statement that stores a mail, once for each row of `source` if one is named, and returns its id. With a
 * quota it stores none that goes beyond it, and takes the place of one that waits for the same recipient, of the
 * same kind and cause.
 */
export function storeMail(
  mail: NewMail,
  quota: MailQuota | null,
  source?: RawBuilder<unknown>,
): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    insert into auth.outbox (
      id, kind, recipient, cause, is_requested, payload, created_at, next_attempt_at, expires_at
    )
    select ${mail.id}::uuid, ${mail.kind}::text, ${mail.recipient}::text, ${mail.cause}::text,
      ${quota !== null}::boolean, ${mail.payload}::text, ${mail.createdAt}::timestamptz,
      ${mail.createdAt}::timestamptz, ${mail.expiresAt}::timestamptz
    ${source ? sql`from ${source}` : sql``}
    where ${quota ? isWithinQuota(mail, quota) : sql`true`}
    on conflict (recipient, kind, cause)
      where is_requested and not is_claimed and delivered_at is null
    do update set id = excluded.id, payload = excluded.payload, expires_at = excluded.expires_at,
      next_attempt_at = excluded.next_attempt_at, attempts = 0
    returning id
  `;
}

/** Counts what went out or is going out; a mail that waits is replaced, or goes out later. */
function isWithinQuota(mail: NewMail, quota: MailQuota): RawBuilder<boolean> {
  const ownSince = new Date(mail.createdAt.getTime() - quota.windowMs);
  const groupSince = new Date(mail.createdAt.getTime() - HOUR_MS);
  return sql`(
    select own < ${quota.limit}
      and (grouped < ${quota.groupLimit} or (${quota.isFirstExempt}::boolean and own = 0))
    from (
      select
        count(*) filter (
          where kind = ${mail.kind} and cause = ${mail.cause}
            and coalesce(delivered_at > ${ownSince}::timestamptz, true)
        ) as own,
        count(*) filter (where coalesce(delivered_at > ${groupSince}::timestamptz, true)) as grouped
      from auth.outbox
      where recipient = ${mail.recipient} and is_requested
        and kind = any(${quota.group}::text[])
        and (is_claimed or delivered_at is not null)
    ) as sent
  )`;
}

/** A mail that this server delivers until its lease ends. */
export interface ClaimedMail {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly cause: string;
  /** Encrypted. */
  readonly payload: string;
  /** This one included. */
  readonly attempts: number;
  readonly expiresAt: Date;
}

/** Claims up to `limit` mails that are due, those due longest first. Of many servers one gets each. */
export async function claimMails(
  db: Kysely<Database>,
  { now, limit }: { now: Date; limit: number },
): Promise<ClaimedMail[]> {
  const { rows } = await sql<ClaimedMail & { createdAt: Date }>`
    update auth.outbox
    set is_claimed = true, attempts = attempts + 1,
      next_attempt_at = ${new Date(now.getTime() + LEASE_MS)}::timestamptz
    where id = any(array(
      select id from auth.outbox
      where delivered_at is null and next_attempt_at <= ${now}::timestamptz
      order by next_attempt_at, created_at
      limit ${limit}
      for update skip locked
    ))
    returning id, kind, recipient, cause, payload, attempts, expires_at as "expiresAt",
      created_at as "createdAt"
  `.execute(db);
  return rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** Removes a mail that is done with. */
export async function deleteMail(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('auth.outbox').where('id', '=', id).execute();
}

/** Removes all that was requested for a recipient, delivered or not. */
export async function deleteRequestedMails(db: Kysely<Database>, recipient: string): Promise<void> {
  await db
    .deleteFrom('auth.outbox')
    .where('recipient', '=', recipient)
    .where('is_requested', '=', true)
    .execute();
}

/** Keeps of a mail only that it was delivered, until it needn't be counted any more. */
export async function markDelivered(
  db: Kysely<Database>,
  id: string,
  { now, countedMs }: { now: Date; countedMs: number },
): Promise<void> {
  await db
    .updateTable('auth.outbox')
    .set({
      payload: null,
      delivered_at: now,
      is_claimed: false,
      last_error: null,
      expires_at: new Date(now.getTime() + countedMs),
    })
    .where('id', '=', id)
    .execute();
}

/** Gives a mail back, to be tried again, unless a newer one has taken its place: then it goes. */
export async function releaseMail(
  db: Kysely<Database>,
  { id, recipient, kind, cause }: ClaimedMail,
  { nextAttemptAt, reason }: { nextAttemptAt: Date; reason: string },
): Promise<void> {
  await sql`
    with replaced as (
      delete from auth.outbox
      where id = ${id}::uuid and is_requested and exists (
        select from auth.outbox as newer
        where newer.recipient = ${recipient} and newer.kind = ${kind} and newer.cause = ${cause}
          and newer.is_requested and not newer.is_claimed and newer.delivered_at is null
      )
      returning id
    )
    update auth.outbox
    set is_claimed = false, next_attempt_at = ${nextAttemptAt}::timestamptz, last_error = ${reason}
    where id = ${id}::uuid and not exists (select from replaced)
  `.execute(db);
}

/** The mails of one kind that wait. */
export interface WaitingMails {
  readonly kind: string;
  readonly count: number;
  readonly oldest: Date;
  readonly nextAttempt: Date;
  /** Why the last attempt at one of them failed, as a code. */
  readonly lastError: string | null;
}

/** The mails that wait, by kind. Contains no secret and no address. */
export async function listWaitingMails(db: Kysely<Database>): Promise<WaitingMails[]> {
  const { rows } = await sql<WaitingMails>`
    select kind, count(*)::integer as count, min(created_at) as oldest,
      min(next_attempt_at) as "nextAttempt",
      (array_agg(last_error order by next_attempt_at desc) filter (where last_error is not null))[1]
        as "lastError"
    from auth.outbox where delivered_at is null
    group by kind order by kind
  `.execute(db);
  return rows;
}
