import type { Log } from '../log.ts';
import type { Mail, MailTransport } from './mail.ts';

/** Sends mail behind the answer's back, so that no answer tells by its time whether one was sent. */
export interface Mailer {
  /** Starts sending and returns at once. A failure is logged, without the text. */
  send(mail: Mail): void;
  /** Waits for what is being sent, then closes. */
  close(): Promise<void>;
}

export function createMailer(transport: MailTransport, log: Log): Mailer {
  const sending = new Set<Promise<void>>();
  return {
    send(mail) {
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
