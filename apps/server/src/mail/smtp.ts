import { createTransport } from 'nodemailer';
import type { MailTransport } from './mail.ts';

const MAX_CONNECTIONS = 5;
/** A mail server that is silent for longer has failed. Shorter than the time that a shutdown waits. */
const ANSWER_TIMEOUT_MS = 8000;

/** Hands mail to the server at `smtpUrl`, over at most five connections that stay open. */
export function createSmtpTransport(smtpUrl: string, from: string): MailTransport {
  const transport = createTransport(
    {
      url: smtpUrl,
      pool: true,
      maxConnections: MAX_CONNECTIONS,
      connectionTimeout: ANSWER_TIMEOUT_MS,
      greetingTimeout: ANSWER_TIMEOUT_MS,
      socketTimeout: ANSWER_TIMEOUT_MS,
    },
    { from },
  );
  return {
    async deliver(mail) {
      await transport.sendMail(mail);
    },
    close: () => transport.close(),
  };
}
