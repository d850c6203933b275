import type { Mail, MailTransport } from './mail.ts';

/** The most mails that the outbox holds; the oldest are dropped first. */
const CAPACITY = 500;

/** A mail in the outbox. */
export interface OutboxMail extends Mail {
  /** The links in the text, in their order. */
  readonly links: readonly string[];
}

/** Where mail ends up in development: in memory, for the developer to read. */
export interface Outbox extends MailTransport {
  /** All mails, newest last. */
  list(): readonly OutboxMail[];
}

/** Makes an empty outbox that calls `onMail` for each mail. */
export function createOutbox(onMail: (mail: OutboxMail) => void): Outbox {
  const mails: OutboxMail[] = [];
  return {
    async deliver({ to, subject, text }) {
      const mail = { to, subject, text, links: text.match(/https?:\/\/\S+/g) ?? [] };
      mails.push(mail);
      if (mails.length > CAPACITY) mails.shift();
      onMail(mail);
    },
    list: () => mails,
    close: () => undefined,
  };
}
