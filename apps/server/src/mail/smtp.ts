import { createTransport } from 'nodemailer';
import type { MailTransport } from './mail.ts';

/** How long a mail server may be silent: some let strangers wait for half a minute before they greet them. */
const SILENCE_MS = 60_000;

/** Hands mail to the server at `smtpUrl`, over at most `maxConnections` that stay open. Retries nothing. */
export function createSmtpTransport(
  smtpUrl: string,
  { from, maxConnections }: { from: string; maxConnections: number },
): MailTransport {
  const transport = createTransport(
    {
      url: smtpUrl,
      pool: true,
      maxConnections,
      maxRequeues: 0,
      connectionTimeout: SILENCE_MS,
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
    },
    { from },
  );
  return {
    async deliver(mail, signal) {
      // As one address, whatever it contains: a text would be read as a list.
      await transport.sendMail({ ...mail, to: { name: '', address: mail.to }, signal });
    },
    close: () => transport.close(),
  };
}
