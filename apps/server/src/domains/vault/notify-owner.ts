import type { SignedInContext } from '../../trpc/context.ts';
import { describeRequestOrigin } from '../../trpc/request-origin.ts';
import { type NoticedAction, vaultMail } from './vault.mails.ts';

/** Tells the owner by mail what was done with their vault, behind the answer's back. */
export function mailOwner(call: SignedInContext, action: NoticedAction): void {
  const { config, mailer } = call.deps;
  const to = call.session.user.email;
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(vaultMail(action, { to, baseUrl: config.baseUrl, requestOrigin }));
}
