import { type RawBuilder, sql } from 'kysely';
import { pageUrl } from '../../../config/account-pages.ts';
import type { Deps } from '../../../deps.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import type { OutcomeWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { createDeviceId, setDeviceCookie } from '../known-device.service.ts';
import { rememberDevice } from '../known-devices.repository.ts';
import { generateToken, redeemToken, storeTokenFor } from '../tokens/single-use-tokens.service.ts';
import { accountLockedMail } from './lockout.mails.ts';
import { clearLockout } from './lockouts.repository.ts';

const PURPOSE = 'unlock';
/** Later it is no news: the lock has ended, or the next attempt leads to another mail. */
const TTL_SECONDS = 24 * 60 * 60;
/** Stands in for the user of an unknown address: no id has this form. */
const NOBODY = 'nobody';

interface LockedAddress {
  readonly email: string;
  /** Null for an address that nobody has. */
  readonly userId: string | null;
}

/**
 * What tells an owner of a lock, at most once a day, and mails them the link that opens it for their browser.
 * For an address that nobody has it does the same to no effect.
 */
export function tellOfLock(
  { config, mailer, now }: Deps,
  { email, userId }: LockedAddress,
): Required<Pick<OutcomeWrites, 'mail' | 'link'>> {
  const { baseUrl, lockoutPolicy } = config;
  const token = generateToken();
  const minutes = Math.ceil(lockoutPolicy.lockMs / 60_000);
  const link = `${pageUrl(baseUrl, 'unlock')}?token=${token}`;
  const mail = userId === null ? null : accountLockedMail({ to: email, baseUrl, link, minutes });
  const told = { kind: 'account-locked', to: email, mail, ttlSeconds: TTL_SECONDS } as const;
  const subject = { purpose: PURPOSE, userId: userId ?? NOBODY, email } as const;
  const lifetime = { from: now(), ttlSeconds: TTL_SECONDS };
  return {
    mail: (source) => mailer.queueFor(source, told),
    link: (source) => storeTokenFor(source, token, subject, lifetime),
  };
}

/** Tells the owner of a lock that doesn't end by itself, when somebody meets it. */
export async function tellOfLastingLock(deps: Deps, locked: LockedAddress): Promise<void> {
  const { mail, link } = tellOfLock(deps, locked);
  const source: RawBuilder<unknown> = sql`(values (1)) as refused`;
  await sql`
    with mail as (${mail(source)}), link as (${link(sql`mail`)}) select 1 as told
  `.execute(deps.db);
}

/**
 * Ends the lock of the account whose owner has the link, and makes the browser a known one, which no attempts
 * of others lock again. It signs nobody in: the password is still to be proven.
 *
 * Throws TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function unlock(call: CallContext, token: string): Promise<{ unlocked: true }> {
  const { db, now } = call.deps;
  const deviceId = createDeviceId();
  await db.transaction().execute(async (trx) => {
    const { user } = await redeemToken(trx, PURPOSE, { token, now: now() });
    call.setAuditSubject(user.id);
    await clearLockout(trx, user.email);
    await rememberDevice(trx, { userId: user.id, deviceId, now: now() });
    await recordEvent(call, trx, 'ACCOUNT_UNLOCKED', user.id, { by: 'mailed link' });
  });
  await setDeviceCookie(call, deviceId);
  return { unlocked: true };
}
