import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { ChangeMail } from './change-mail.ts';
import type { Mail } from './mail.ts';
import type { Mailer, Message } from './mailer.ts';

/** As mail servers do: five days (RFC 5321 section 4.5.4.1). */
const TTL_SECONDS = 5 * 24 * 60 * 60;

/** What a notice says about the call that it tells of. */
export interface NoticeContext {
  readonly deps: {
    readonly config: { readonly baseUrl: string };
    readonly mailer: Mailer;
    readonly now: () => Date;
  };
  readonly request: { readonly address: string | null };
}

/** Queues a mail to an owner about what a call does to their account: told if it is committed, and else not. */
export async function notifyOwner(
  call: NoticeContext,
  db: Kysely<Database>,
  to: string,
  write: (about: ChangeMail) => Mail,
): Promise<void> {
  await call.deps.mailer.queue(db, toNotice(call, to, write));
}

/** The mail to an owner about what a call does to their account, for a statement that does both. */
export function toNotice(
  call: NoticeContext,
  to: string,
  write: (about: ChangeMail) => Mail,
): Message {
  const { baseUrl } = call.deps.config;
  const mail = write({ to, baseUrl, requestOrigin: describeRequestOrigin(call) });
  return { kind: 'notice', to, mail, ttlSeconds: TTL_SECONDS };
}

/**
 * When and from where something was done, as lines for a mail to the owner. The browser's name for itself
 * is left out: a caller could write anything there.
 */
function describeRequestOrigin({ deps, request }: NoticeContext): string {
  return `time: ${deps.now().toISOString()}\naddress: ${request.address ?? 'unknown'}`;
}
