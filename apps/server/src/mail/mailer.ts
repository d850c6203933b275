import type { Log } from '../logging/log.ts';
import type { Mail, MailTransport } from './mail.ts';

/** Sends mail in the background, after responding, so that no response time tells whether one was sent. */
export interface Mailer {
  /**
   * Starts sending and returns at once. A failure is logged, without the text; so is a mail that is dropped
   * because too many are waiting for a mail server that doesn't keep up.
   */
  send(mail: Mail): void;
  /** Waits for what is being sent, then closes. */
  close(): Promise<void>;
}

const MAX_WAITING = 1000;

/** Makes a mailer that hands mail to `transport`, with at most 1000 mails in progress. */
export function createMailer(transport: MailTransport, log: Log): Mailer {
  const sending = new Set<Promise<void>>();
  return {
    send(mail) {
      if (sending.size >= MAX_WAITING) {
        log.error(
          { subject: mail.subject },
          'mail dropped: too many are waiting for the mail server',
        );
        return;
      }
      const delivery = transport
        .deliver(mail)
        .catch((error: unknown) => {
          log.error({ err: error, subject: mail.subject }, 'mail not sent: check SMTP_URL');
        })
        .finally(() => sending.delete(delivery));
      sending.add(delivery);
    },
    async close() {
      await Promise.all(sending);
      transport.close();
    },
  };
}
