import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { User } from '@mana/db/schema/users';
import { findSession } from '../../../sessions/get-session.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { findCallbackPage } from '../tokens/callback-page.ts';
import { findTokenHolder, type TokenPurpose } from '../tokens/single-use-tokens.service.ts';
import { isSignUpBrowser } from './sign-up-browser.ts';

/** What a mailed link would do, for the page that it leads to. */
export interface MailedLink {
  readonly kind: 'new-account' | 'email-change' | 'email-change-undo';
  /** The address that it is about, which it was mailed to. */
  readonly email: string;
  /** What is required beside the press of a button. */
  readonly requires: 'nothing' | 'password' | 'sign-in' | 'other-account';
  /** Where the browser goes afterwards, if the link names a page that mailed links may lead to. */
  readonly continueTo: string | null;
}

const KINDS = {
  'email-verification': 'new-account',
  'email-change': 'email-change',
  'email-change-undo': 'email-change-undo',
} as const satisfies Partial<Record<TokenPurpose, MailedLink['kind']>>;

/**
 * Says what a mailed link would do, and does none of it: whatever opens a link without a person, such as a mail
 * scanner, redeems nothing. Throws TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function describeMailedLink(
  call: CallContext,
  { token, callbackURL }: { token: string; callbackURL?: string | undefined },
): Promise<MailedLink> {
  const { purpose, user, email } = await findPurpose(call, token);
  const kind = KINDS[purpose];
  const requires = await decideRequirement(call, kind, user);
  const page = callbackURL ? findCallbackPage(call.deps.config, callbackURL) : undefined;
  return { kind, email, requires, continueTo: page ?? null };
}

async function findPurpose({ deps }: CallContext, token: string) {
  const presented = { token, now: deps.now() };
  for (const purpose of ['email-verification', 'email-change', 'email-change-undo'] as const) {
    try {
      const { user, email, newEmail } = await findTokenHolder(deps.db, purpose, presented);
      return { purpose, user, email: newEmail ?? email };
    } catch (error) {
      if (!(error instanceof AuthError && error.code === 'TOKEN_INVALID')) throw error;
    }
  }
  throw new AuthError('TOKEN_INVALID');
}

async function decideRequirement(
  call: CallContext,
  kind: MailedLink['kind'],
  user: User,
): Promise<MailedLink['requires']> {
  if (kind === 'email-change-undo') return 'nothing';
  if (kind === 'new-account') {
    return (await isSignUpBrowser(call, user.id)) ? 'nothing' : 'password';
  }
  const session = await findSession(call);
  if (!session) return 'sign-in';
  return session.user.id === user.id ? 'nothing' : 'other-account';
}
