import { randomUUID } from 'node:crypto';
import { readCookies, setOwnCookie } from '../../../better-auth/cookies.ts';
import type { CallContext } from '../../../trpc/context.ts';

/**
 * Remembers in an HttpOnly cookie which account this browser has signed up for: a random value, signed for that
 * account alone. It names nobody and is new each time, so that it tells nobody whether there was an account
 * already.
 */
export async function rememberSignUp(
  call: CallContext,
  userId: string | undefined,
  maxAgeSeconds: number,
): Promise<void> {
  const { auth, secrets } = call.deps;
  const value = secrets.sign(randomUUID(), purposeFor(userId ?? randomUUID()));
  call.forwardHeaders(await setOwnCookie(auth, { name: 'sign_up', value, maxAgeSeconds }));
}

/** Whether this browser has signed up for this account, and so knew its password. */
export async function isSignUpBrowser(
  { deps, request }: CallContext,
  userId: string,
): Promise<boolean> {
  const cookies = await readCookies(deps.auth, request, 'sign_up');
  return cookies.some((signed) => deps.secrets.verify(signed, purposeFor(userId)) !== undefined);
}

/** Clears the cookie once the account is confirmed. */
export async function forgetSignUp(call: CallContext): Promise<void> {
  const cookie = { name: 'sign_up', value: '', maxAgeSeconds: 0 } as const;
  call.forwardHeaders(await setOwnCookie(call.deps.auth, cookie));
}

function purposeFor(userId: string): string {
  return `mana.sign_up ${userId}`;
}
