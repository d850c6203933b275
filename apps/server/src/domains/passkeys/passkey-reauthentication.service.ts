import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Passkey } from '@mana/db/schema/passkeys';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { factorsOfPasskey } from '../../sessions/factors.ts';
import { findLiveSession } from '../../sessions/sessions.repository.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { answerProof, proveSession, type SignedIn } from '../auth/sign-in/session.service.ts';
import { hasSecondFactor } from '../auth/two-factor/second-factor.service.ts';
import { settleAssertion } from './assertions.repository.ts';
import {
  createAssertionOptions,
  type Descriptor,
  findPresented,
  type PresentedAssertion,
  verifyPresented,
} from './assertions.service.ts';
import { toVerificationFailure } from './ceremony.ts';
import { type ChallengeSubject, takeChallenge } from './challenges.repository.ts';
import { withOptionsRateLimit } from './passkey-limits.ts';
import { listPasskeys } from './passkeys.repository.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';
import { toPublicPasskey } from './public-passkey.ts';
import type { VerifiedAssertion } from './verify-assertion.ts';

/**
 * Options for reauthenticating with one of the caller's passkeys. The challenge is valid once, for five
 * minutes and for the caller's session.
 *
 * Throws NOT_FOUND if they have none, since browsers take an empty list to mean any passkey, and
 * RATE_LIMITED, counted together with the options for signing in.
 */
export async function createReauthenticationOptions(
  call: SignedInContext,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { db } = call.deps;
  const { user } = call.session;
  return withOptionsRateLimit(call, async () => {
    const passkeys = await listPasskeys(db, user.id);
    if (passkeys.length === 0) throw new AuthError('NOT_FOUND', { message: NO_PASSKEY });
    return createAssertionOptions(call, {
      subject: subjectOf(call),
      allowCredentials: passkeys.map(describeCredential),
      requiresUserVerification: await mustVerify(call),
    });
  });
}

/**
 * Makes the caller's session fresh again under a new token, as `reauthenticate` does with a password. It
 * signs nobody else in.
 *
 * Throws PASSKEY_VERIFICATION_FAILED, also for another user's passkey, which uses the challenge up,
 * RATE_LIMITED for a credential that has failed too often, and TOKEN_EXPIRED for a session that has ended
 * meanwhile.
 */
export async function reauthenticateWithPasskey(
  call: SignedInContext,
  response: AuthenticationResponse,
): Promise<SignedIn> {
  const presented = await findPresented(call, response, subjectOf(call));
  const { challenge, owner } = presented;
  if (owner.user.id !== call.session.user.id) {
    await takeChallenge(call.deps.db, challenge);
    throw toVerificationFailure('The passkey belongs to another user');
  }
  const requiresUserVerification = await mustVerify(call);
  const assertion = await verifyPresented(call, presented, {
    requiresUserVerification,
    presenter: { session: call.session.id },
  });
  await settle(call, presented, assertion);
  return answerProof(call);
}

const NO_PASSKEY = 'Your account has no passkey yet. Confirm with your password instead.';

function subjectOf({ session }: SignedInContext): ChallengeSubject {
  return { familyId: session.familyId, userId: session.user.id };
}

function describeCredential(passkey: Passkey): Descriptor {
  const { credentialId: id, transports } = toPublicPasskey(passkey);
  // An empty list would mean no transport at all, rather than any.
  const ways =
    transports.length > 0
      ? { transports: transports as NonNullable<Descriptor['transports']> }
      : {};
  return { id, type: 'public-key', ...ways };
}

/** As at sign-in: a passkey that hasn't verified its user is only one factor, too little for an account with two. */
async function mustVerify({ deps, session }: SignedInContext): Promise<boolean> {
  const { requiresUserVerification } = deps.config.relyingParty;
  return requiresUserVerification || (await hasSecondFactor(deps.db, session.user));
}

async function settle(
  call: SignedInContext,
  { challenge, owner }: PresentedAssertion,
  assertion: VerifiedAssertion,
): Promise<void> {
  const { db, now } = call.deps;
  const { address } = call.request;
  const replacement = proveSession(call, factorsOfPasskey(assertion));
  const attempt = { address, successful: true, method: 'passkey', at: now() };
  const right = { challenge, passkeyId: owner.passkeyId, ...assertion };
  if (await settleAssertion(db, right, attempt, { replacement })) return;
  if (!(await findLiveSession(db, { id: call.session.id }, now())))
    throw new AuthError('TOKEN_EXPIRED');
  throw toVerificationFailure('The challenge or the counter was used meanwhile');
}
