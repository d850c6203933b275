import type { Mail, MailTransport } from './mail.ts';

/** The most mails that the outbox holds; the oldest leave first. */
const CAPACITY = 500;

/** A mail that was delivered to the outbox. */
export interface OutboxMail extends Mail {
  /** The addresses in the text, in their order. */
  readonly links: readonly string[];
}

/** Where mail lands in development: in memory, for the developer to read. */
export interface Outbox extends MailTransport {
  /** All mails, newest last. */
  list(): readonly OutboxMail[];
}

/** An empty outbox that tells `onMail` of every mail. */
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
