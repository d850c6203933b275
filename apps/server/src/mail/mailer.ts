import { randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { Kysely, RawBuilder } from 'kysely';
import type { Mail } from './mail.ts';
import { type DeliveryOptions, startMailDelivery } from './mail-delivery.ts';
import { findMailQuota, type MailKind } from './mail-quotas.ts';
import { deleteRequestedMails, type NewMail, storeMail } from './outbox.repository.ts';
import { sealMail } from './sealed-mail.ts';

/** A mail to be sent. */
export interface Message {
  readonly kind: MailKind;
  readonly to: string;
  /** Null for an address that has no account: it is stored and counted as any mail, and nothing is sent. */
  readonly mail: Mail | null;
  /** How long it is of use. */
  readonly ttlSeconds: number;
  /** Whose request it is, where those of different people are counted apart. */
  readonly cause?: string;
}

/** Where mails are written with the change that they tell of, and from where they are delivered afterwards. */
export interface Mailer {
  /**
   * Stores a mail in `db`'s transaction: it is sent once that is committed, and else never. Answers false, having
   * stored nothing, if its recipient has had as many as they get (`mail-quotas.ts`).
   */
  queue(db: Kysely<Database>, message: Message): Promise<boolean>;
  /** Does the same as part of a statement, for each row of `source`. */
  queueFor(source: RawBuilder<unknown>, message: Message): RawBuilder<unknown>;
  /** Removes what somebody asked to have mailed to an address, and what is remembered of it. */
  forget(db: Kysely<Database>, to: string): Promise<void>;
  /** Delivers at once what was queued; call it after the commit. Otherwise a server finds it within seconds. */
  wake(): void;
  /** Lets mails that are being sent finish, for some seconds. */
  stop(): Promise<void>;
}

/** Makes a mailer, and starts delivering what waits. */
export function createMailer(options: DeliveryOptions): Mailer {
  const { secrets, now } = options;
  const delivery = startMailDelivery(options);

  function toStored({ kind, to, mail, ttlSeconds, cause = '' }: Message): NewMail {
    const [id, createdAt] = [randomUUID(), now()];
    delivery.expect(id);
    const expiresAt = new Date(createdAt.getTime() + ttlSeconds * 1000);
    const payload = sealMail(secrets, id, mail);
    return { id, kind, recipient: to, cause, payload, createdAt, expiresAt };
  }

  return {
    async queue(db, message) {
      const statement = storeMail(toStored(message), findMailQuota(message.kind));
      const { rows } = await statement.execute(db);
      return rows.length > 0;
    },
    queueFor: (source, message) =>
      storeMail(toStored(message), findMailQuota(message.kind), source),
    forget: (db, to) => deleteRequestedMails(db, to),
    wake: () => delivery.wake(),
    stop: () => delivery.stop(),
  };
}
