import { setTimeout as delay } from 'node:timers/promises';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { classifyDeliveryFailure, decideWaitMs } from './delivery-failure.ts';
import type { MailTransport } from './mail.ts';
import { findMailQuota } from './mail-quotas.ts';
import {
  type ClaimedMail,
  claimMails,
  deleteMail,
  markDelivered,
  releaseMail,
} from './outbox.repository.ts';
import { openMail } from './sealed-mail.ts';

/** How many mails a server delivers at once. */
export const MAX_SENDING = 5;
/** How often a server looks for mails of others, and for those whose time has come. */
const POLL_MS = 3000;
/** Shorter than the lease: nobody else tries while this server still does. */
const SEND_TIMEOUT_MS = 90_000;
/** How long a stop waits for the mail server. Shorter than the time that a shutdown waits. */
const STOP_PATIENCE_MS = 5000;
const STATEMENT_RETRY_MS = 1000;
/** What isn't committed by then never will be. */
const COMMIT_MS = 30_000;

/** Servers that started together shouldn't all look at the same time. */
const jitter = (ms: number) => ms * (0.75 + Math.random() / 2);

/** What delivery works with. */
export interface DeliveryOptions {
  readonly db: Kysely<Database>;
  readonly transport: MailTransport;
  readonly secrets: AppSecrets;
  readonly faultTrace: FaultTrace;
  readonly log: Log;
  readonly now: () => Date;
}

/** Delivers what waits in the outbox, at least once, on any number of servers. */
export interface MailDelivery {
  /** Names a mail that somebody is about to commit. */
  expect(id: string): void;
  /** Looks into the outbox at once, if a mail is expected. */
  wake(): void;
  /** Lets mails that are being sent finish, for some seconds; all others stay in the outbox. */
  stop(): Promise<void>;
}

/**
 * Starts delivering. What fails is tried again, later each time, until the mail is of no use any more; only a
 * recipient refused for good is given up. While the mail server can't be reached, nothing is tried but a few
 * mails now and then.
 */
export function startMailDelivery(options: DeliveryOptions): MailDelivery {
  const { db, transport, secrets, faultTrace, log, now } = options;
  const sending = new Set<Promise<void>>();
  /** By id, until when. */
  const expectedMs = new Map<string, number>();
  const stopping = new AbortController();
  const aborting = new AbortController();
  let woken = Promise.withResolvers<void>();
  let failedReaches = 0;
  let pausedUntilMs = 0;
  let isReadable = true;
  const running = run();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = Promise.withResolvers();
      for (const mail of await claimDue()) {
        const delivery = deliver(mail).finally(() => {
          sending.delete(delivery);
          woken.resolve();
        });
        sending.add(delivery);
      }
      const waitMs = pausedUntilMs - performance.now();
      await Promise.race([woken.promise, pause(waitMs > 0 ? waitMs : jitter(POLL_MS))]);
    }
  }

  async function claimDue(): Promise<ClaimedMail[]> {
    const limit = performance.now() < pausedUntilMs ? 0 : MAX_SENDING - sending.size;
    if (limit === 0) return [];
    try {
      const claimed = await faultTrace.run(() => claimMails(db, { now: now(), limit }));
      isReadable = true;
      for (const { id } of claimed) expectedMs.delete(id);
      return claimed;
    } catch (error) {
      if (isReadable) log.warn({ err: error }, 'the outbox can’t be read: trying again');
      isReadable = false;
      return [];
    }
  }

  async function deliver(mail: ClaimedMail): Promise<void> {
    const about = { kind: mail.kind, attempts: mail.attempts };
    if (mail.expiresAt <= now()) {
      log.error(about, 'a mail was given up: it could not be delivered in time');
      return settle(() => deleteMail(db, mail.id));
    }
    try {
      const opened = await openMail(secrets, mail);
      const signal = AbortSignal.any([aborting.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
      if (opened !== null) await transport.deliver(opened, signal);
    } catch (error) {
      return settleFailure(mail, error);
    }
    if (failedReaches > 0) log.info('mails are delivered again');
    failedReaches = 0;
    const quota = findMailQuota(mail.kind);
    return settle(() =>
      quota
        ? markDelivered(db, mail.id, { now: now(), countedMs: quota.windowMs })
        : deleteMail(db, mail.id),
    );
  }

  function settleFailure(mail: ClaimedMail, error: unknown): Promise<void> {
    const { kind, reason } = classifyDeliveryFailure(error);
    const about = { err: error, kind: mail.kind, reason };
    if (kind === 'refused') {
      log.warn(about, 'a mail was given up: the mail server refuses its recipient');
      return settle(() => deleteMail(db, mail.id));
    }
    if (kind === 'unreachable') noteUnreachable(error);
    else if (mail.attempts === 1) log.warn(about, 'mail not sent yet: it is kept and tried again');
    const waitMs = stopping.signal.aborted ? 0 : decideWaitMs(kind, mail.attempts);
    const nextAttemptAt = new Date(now().getTime() + waitMs);
    return settle(() => releaseMail(db, mail, { nextAttemptAt, reason }));
  }

  /** Of several mails that fail together, the first one counts. */
  function noteUnreachable(error: unknown): void {
    if (performance.now() < pausedUntilMs || stopping.signal.aborted) return;
    if (failedReaches === 0) {
      log.warn({ err: error }, 'mail not sent: it is kept and tried again. Check SMTP_URL');
    }
    failedReaches += 1;
    pausedUntilMs = performance.now() + decideWaitMs('unreachable', failedReaches);
  }

  /** Until it is written, so that a mail that was sent isn't sent again because the database was away. */
  async function settle(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await faultTrace.run(write);
      } catch (error) {
        log.debug({ err: error }, 'what became of a mail can’t be written: trying again');
        if (stopping.signal.aborted) return;
        await pause(STATEMENT_RETRY_MS);
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  return {
    expect: (id) => void expectedMs.set(id, performance.now() + COMMIT_MS),
    wake() {
      for (const [id, untilMs] of expectedMs)
        if (untilMs < performance.now()) expectedMs.delete(id);
      if (expectedMs.size > 0) woken.resolve();
    },
    async stop() {
      stopping.abort();
      await running;
      const patience = setTimeout(() => aborting.abort(), STOP_PATIENCE_MS);
      await Promise.all(sending);
      clearTimeout(patience);
    },
  };
}
