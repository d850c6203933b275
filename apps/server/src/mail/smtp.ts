import { createTransport } from 'nodemailer';
import type { MailTransport } from './mail.ts';

/** Hands mail to the server at `smtpUrl`, over connections that are kept. */
export function createSmtpTransport(smtpUrl: string, from: string): MailTransport {
  const transport = createTransport(smtpUrl, { from });
  return {
    async deliver(mail) {
      await transport.sendMail(mail);
    },
    close: () => transport.close(),
  };
}
