import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import { parseCookies } from 'better-auth/cookies';
import type { Kysely } from 'kysely';
import type { CallContext } from '../../../trpc/context.ts';
import { TwoFactorRequiredError } from '../../../trpc/two-factor-required.ts';
import { issueToken } from '../tokens/single-use-tokens.service.ts';
import { findSecondFactor } from './second-factor.repository.ts';

const CHALLENGE_TTL_SECONDS = 10 * 60;
const COOKIE = 'two_factor';

/**
 * Remembers for ten minutes that the first factor was right, and makes the error that asks for the second
 * one. The secret that stands for it goes into an HttpOnly cookie, and into the answer only for clients
 * that are no browser: a script must not read it.
 *
 * An account whose second factor is gone gets an error without methods: it can't be signed in to until
 * the factor is removed, by its owner where they are signed in still, or by an operator.
 */
export async function requestSecondFactor(
  call: CallContext,
  user: User,
  db: Kysely<Database> = call.deps.db,
): Promise<TwoFactorRequiredError> {
  const { log, now } = call.deps;
  if (!(await findSecondFactor(db, user.id))) {
    log.error({ userId: user.id }, 'an account wants a second factor, but none is kept for it');
    return new TwoFactorRequiredError({ methods: [] });
  }
  const challenge = await issueToken(
    db,
    { purpose: 'two-factor', userId: user.id, email: user.email },
    { from: now(), ttlSeconds: CHALLENGE_TTL_SECONDS },
  );
  await giveCookie(call, challenge, CHALLENGE_TTL_SECONDS);
  return new TwoFactorRequiredError({
    methods: ['totp', 'backupCode'],
    ...(call.request.origin === null && { challenge }),
  });
}

/**
 * The challenge that a caller answers: the one that they name, else the one in their cookie. It is random
 * and looked up by its hash, so the cookie needs no signature.
 */
export async function readChallenge(
  { deps, request }: CallContext,
  named: string | undefined,
): Promise<string | undefined> {
  if (named !== undefined) return named;
  const { createAuthCookie } = await deps.auth.$context;
  return parseCookies(request.cookie ?? '').get(createAuthCookie(COOKIE).name);
}

/** Clears the cookie of a challenge that was met. */
export async function clearChallenge(call: CallContext): Promise<void> {
  await giveCookie(call, '', 0);
}

async function giveCookie(call: CallContext, value: string, maxAgeSeconds: number): Promise<void> {
  const { headers } = await call.deps.auth.api.setOwnCookie({
    body: { name: COOKIE, value, maxAgeSeconds },
    returnHeaders: true,
  });
  call.forwardHeaders(headers);
}
