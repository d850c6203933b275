import type { EmbeddedPostgresError } from '@mana/db/embedded/embedded-postgres-error';
import { pageUrl } from '../config/account-pages.ts';
import type { Config } from '../config/config.ts';
import { isLoopbackHost } from '../config/loopback.ts';
import type { OutboxMail } from '../mail/outbox.ts';

/** What a developer reads when the server is ready. */
export function describeStart(config: Config, databaseDescription: string): string {
  return `
  mana-auth is ready

    account pages  ${pageUrl(config.baseUrl, 'signUp')}
    outbox         ${describeOutbox(config)}
    database       ${databaseDescription}

  Next: open the account pages and sign up. The mail goes to the outbox: follow its link and sign in.
  Stop with Ctrl-C: accounts are kept. \`pnpm mana --help\` lists the other commands.

`;
}

function describeOutbox({ smtpUrl, baseUrl }: Config): string {
  if (smtpUrl !== null) return 'off: mail goes to SMTP_URL';
  const isShown = isLoopbackHost(new URL(baseUrl).hostname);
  return isShown
    ? `${baseUrl}/dev/outbox`
    : 'only here: BASE_URL is public, and mails hold live links';
}

/** A mail as a developer sees it in the terminal. */
export function describeMail({ to, subject, links }: OutboxMail): string {
  return `\n  ✉ ${subject} → ${to}\n${links.map((link) => `    ${link}\n`).join('')}\n`;
}

/**
 * What to do about a failed start, for failures that a user can fix; undefined for all others, whose error
 * and stack say more.
 */
export function explainStartFailure(error: unknown, config: Config): string | undefined {
  if (isFromEmbeddedPostgres(error)) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isAboutListening =
    error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  if (code === 'EADDRINUSE') {
    return `Port ${config.port} is taken by another program: stop it, or set PORT.`;
  }
  return isAboutListening
    ? `The server can't listen on ${config.host}:${config.port} (${code}): set HOST and PORT to what this user may listen on.`
    : undefined;
}

/** By its name: its class is loaded only together with the embedded Postgres. */
function isFromEmbeddedPostgres(error: unknown): error is EmbeddedPostgresError {
  const name: EmbeddedPostgresError['name'] = 'EmbeddedPostgresError';
  return error instanceof Error && error.name === name;
}
