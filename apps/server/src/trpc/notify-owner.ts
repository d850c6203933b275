import type { ChangeMail } from '../mail/change-mail.ts';
import type { Mail } from '../mail/mail.ts';
import type { CallContext } from './context.ts';

/** Mails an owner about what a call has just done to their account, in the background. */
export function notifyOwner(
  call: CallContext,
  to: string,
  write: (about: ChangeMail) => Mail,
): void {
  const { config, mailer } = call.deps;
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(write({ to, baseUrl: config.baseUrl, requestOrigin }));
}

/**
 * When and from where something was done, as lines for a mail to the owner. The browser's name for itself
 * is left out: a caller could write anything there.
 */
function describeRequestOrigin({ deps, request }: CallContext): string {
  return `time: ${deps.now().toISOString()}\naddress: ${request.address ?? 'unknown'}`;
}
