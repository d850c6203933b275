import type { Config } from '../config.ts';
import type { OutboxMail } from '../mail/outbox.ts';

/** What a developer reads when the server is ready. */
export function describeStart(config: Config, databaseDescription: string): string {
  return `
  mana-auth is ready

    account pages  ${config.baseUrl}/sign-up
    outbox         ${config.smtpUrl === null ? `${config.baseUrl}/dev/outbox` : 'off: mail goes to SMTP_URL'}
    database       ${databaseDescription}

  Next: open the account pages and sign up. The mail lands in the outbox; follow its link and sign in.
  Stop with Ctrl-C: accounts are kept. \`pnpm mana --help\` lists what else there is.

`;
}

/** A mail as the developer reads it in the terminal. */
export function describeMail({ to, subject, links }: OutboxMail): string {
  return `\n  ✉ ${subject} → ${to}\n${links.map((link) => `    ${link}\n`).join('')}\n`;
}

/** Why the server could not start, and what to do about it. */
export function explainStartFailure(error: unknown, config: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${config.port} is taken by another program: stop that one, or set PORT.`;
  }
  if (code === 'EACCES' && error instanceof Error && 'port' in error) {
    return `Port ${config.port} may not be used by this account: set PORT above 1023.`;
  }
  return error instanceof Error ? error.message : 'The server could not start.';
}
