import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { CallContext } from '../../trpc/context.ts';
import { signInAuthenticated } from '../auth/sign-in/authenticated-sign-in.service.ts';
import type { SignedIn } from '../auth/sign-in/session.service.ts';
import { findPresented, judgePresented, refuse } from './assertion-check.service.ts';
import { createAssertionOptions } from './assertion-options.ts';
import { settleAssertion } from './assertions.repository.ts';
import { withOptionsRateLimit } from './passkey-limits.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';

/**
 * Options for signing in with any passkey of this relying party: nobody is named, so they tell nothing of
 * who has an account. The challenge is good once, for five minutes. Throws RATE_LIMITED.
 */
export async function createAuthenticationOptions(
  call: CallContext,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { requiresUserVerification } = call.deps.config.relyingParty;
  return withOptionsRateLimit(call, () =>
    createAssertionOptions(call, {
      prover: 'anybody',
      allowCredentials: [],
      requiresUserVerification,
    }),
  );
}

/**
 * Signs in with a passkey, as `login` does with a password: it stands for both factors where it has
 * verified who holds it. A lock on the password doesn't keep anybody out here, nor does a failure here
 * count toward one.
 *
 * Throws PASSKEY_VERIFICATION_FAILED, which uses the challenge up, RATE_LIMITED for a credential that has
 * failed too often, EMAIL_NOT_VERIFIED, and TWO_FACTOR_REQUIRED where nobody was verified.
 */
export async function signInWithPasskey(
  call: CallContext,
  response: AuthenticationResponse,
): Promise<SignedIn> {
  const { config, now } = call.deps;
  const presented = await findPresented(call, response, 'anybody');
  const { challenge, owner } = presented;
  const { user, passkeyId, factorEnabled } = owner;
  call.setAuditSubject(user.id);

  const assertion = await judgePresented(call, presented, config.relyingParty);
  return signInAuthenticated(call, {
    user,
    factorEnabled,
    isBothFactors: assertion.isUserVerified,
    async succeed(db, writes) {
      const { address } = call.request;
      const attempt = { address, successful: true, method: 'passkey', at: now() };
      const right = { challenge, passkeyId, ...assertion };
      const isSettled = await settleAssertion(db, right, attempt, writes);
      if (!isSettled) throw refuse('The challenge or the counter was used meanwhile');
    },
  });
}
