import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely } from 'kysely';
import { readCookies, setOwnCookie } from '../../../better-auth/cookies.ts';
import type { Deps } from '../../../deps.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { type TwoFactorRequest, TwoFactorRequiredError } from '../../../trpc/error-data.ts';
import { findTokenHolder, issueToken } from '../tokens/single-use-tokens.service.ts';
import { findSecondFactor } from './second-factor.repository.ts';

const CHALLENGE_TTL_SECONDS = 10 * 60;

/**
 * Remembers for ten minutes which first factor was right, and makes the error that asks for the second
 * one. The secret that stands for it goes into an HttpOnly cookie, and into the response only for clients
 * that are not browsers: a script must not read it.
 *
 * An account whose second factor is gone gets an error without methods. Nobody can sign in to it until the
 * factor is removed, by its owner with a passkey that verifies them, or by an operator.
 */
export async function requestSecondFactor(
  call: CallContext,
  { user, amr }: { readonly user: User; readonly amr: readonly string[] },
  db: Kysely<Database> = call.deps.db,
): Promise<TwoFactorRequiredError> {
  const { now } = call.deps;
  const methods = listMethods(call.deps, user, await findSecondFactor(db, user.id));
  if (methods.length === 0) return new TwoFactorRequiredError({ methods });
  const challenge = await issueToken(
    db,
    { purpose: 'two-factor', userId: user.id, email: user.email, amr },
    { from: now(), ttlSeconds: CHALLENGE_TTL_SECONDS },
  );
  await setChallengeCookie(call, challenge, CHALLENGE_TTL_SECONDS);
  return new TwoFactorRequiredError({
    methods,
    ...(call.request.origin === null && { challenge }),
  });
}

/** The second steps that an account offers; none, which is logged, if it requires one and none is stored. */
export function listMethods(
  { log }: Pick<Deps, 'log'>,
  { id: userId }: Pick<User, 'id'>,
  factor: TwoFactorAuth | undefined,
): TwoFactorRequest['methods'] {
  if (factor) return ['totp', 'backupCode'];
  log.error({ userId }, 'an account requires a second factor, but none is stored for it');
  return [];
}

/**
 * The challenge that a caller answers, and whose it is: the one that they name, else the first good one of
 * their cookies. It is random and looked up by its hash, so the cookie needs no signature. Throws
 * TOKEN_EXPIRED, or TOKEN_INVALID if there is none.
 */
export async function getChallenge(
  { deps, request }: CallContext,
  named: string | undefined,
): Promise<{ token: string; user: User }> {
  const tokens = named ? [named] : await readCookies(deps.auth, request, 'two_factor');
  let failure: unknown = new AuthError('TOKEN_INVALID');
  for (const token of tokens) {
    try {
      const { user } = await findTokenHolder(deps.db, 'two-factor', { token, now: deps.now() });
      return { token, user };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Clears the cookie of a challenge that was met. */
export async function clearChallenge(call: CallContext): Promise<void> {
  await setChallengeCookie(call, '', 0);
}

async function setChallengeCookie(
  call: CallContext,
  value: string,
  maxAgeSeconds: number,
): Promise<void> {
  const cookie = { name: 'two_factor', value, maxAgeSeconds } as const;
  call.forwardHeaders(await setOwnCookie(call.deps.auth, cookie));
}
