import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Deps } from '../../deps.ts';
import { factorsOfPasskey } from '../../sessions/factors.ts';
import type { CallContext } from '../../trpc/context.ts';
import { findKnownDevice } from '../auth/known-device.service.ts';
import { signInAuthenticated } from '../auth/sign-in/complete-sign-in.service.ts';
import type { SignedIn } from '../auth/sign-in/session.service.ts';
import { settleAssertion, useAssertion } from './assertions.repository.ts';
import { createAssertionOptions, findPresented, verifyPresented } from './assertions.service.ts';
import { toVerificationFailure } from './ceremony.ts';
import { withOptionsRateLimit } from './passkey-limits.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';

/** Whether this server has passkeys, for pages that need to know before they offer one. */
export interface PasskeyCapability {
  readonly enabled: boolean;
  /** Whether passkeys may be offered in the autofill of a sign-in form. */
  readonly conditionalUIAvailable: boolean;
  /** Pages on this domain or below it can use them. */
  readonly rpId: string;
}

/** From the configuration alone, so that it answers the same whatever the database does. */
export function describeCapability({ config }: Pick<Deps, 'config'>): PasskeyCapability {
  const { passkeysEnabled, relyingParty } = config;
  return {
    enabled: passkeysEnabled,
    conditionalUIAvailable: passkeysEnabled,
    rpId: relyingParty.id,
  };
}

/**
 * Options for signing in with any passkey of this relying party: they name nobody, so they don't reveal who
 * has an account. The challenge is valid once, for five minutes. Throws RATE_LIMITED.
 */
export async function createAuthenticationOptions(
  call: CallContext,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { requiresUserVerification } = call.deps.config.relyingParty;
  return withOptionsRateLimit(call, () =>
    createAssertionOptions(call, {
      subject: 'anybody',
      allowCredentials: [],
      requiresUserVerification,
    }),
  );
}

/**
 * Signs in with a passkey, as `login` does with a password. It counts as both factors if it has verified
 * its user. A lock on the password doesn't apply here, nor does a failure here count towards one.
 *
 * Whatever comes of it, the assertion works once, and a fault leaves it good.
 *
 * Throws PASSKEY_VERIFICATION_FAILED, RATE_LIMITED for a credential that has
 * failed too often, EMAIL_NOT_VERIFIED, and TWO_FACTOR_REQUIRED if it hasn't verified its user.
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

  const device = await findKnownDevice(call, user.id);
  const assertion = await verifyPresented(call, presented, {
    ...config.relyingParty,
    presenter: device === null ? 'stranger' : { device },
  });
  const right = { challenge, passkeyId, ...assertion };
  return signInAuthenticated(call, {
    user,
    device,
    factorEnabled,
    amr: factorsOfPasskey(assertion),
    async use(db) {
      expectUnused(await useAssertion(db, right, now()));
    },
    async succeed(db, writes) {
      const { address } = call.request;
      const attempt = { address, successful: true, method: 'passkey', at: now() };
      expectUnused(await settleAssertion(db, right, attempt, writes));
    },
  });
}

function expectUnused(isSettled: boolean): void {
  if (!isSettled) throw toVerificationFailure('The challenge or the counter was used meanwhile');
}
