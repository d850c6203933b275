import { randomBytes } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { CallContext } from '../../trpc/context.ts';
import { describeOccasion } from '../../trpc/occasion.ts';
import { recordEvent } from '../../trpc/record-event.ts';
import { UnknownCredentialError } from '../../trpc/unknown-credential.ts';
import { signInRecognised } from '../auth/recognised-sign-in.service.ts';
import type { SignedIn } from '../auth/session.service.ts';
import {
  type CredentialOwner,
  insertChallenge,
  readAsked,
  settleAssertion,
  takeChallenge,
} from './assertions.repository.ts';
import { CHALLENGE_TTL_MS } from './challenge-lifetime.ts';
import { type ClientData, parseClientData, refuseForeignFrame } from './client-data.ts';
import { takeOptionsTurn, takeVerificationTurn } from './passkey-limits.ts';
import { copiedPasskeyMail } from './passkeys.mails.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';
import {
  CounterWentBackError,
  type VerifiedAssertion,
  verifyAssertion,
} from './verify-assertion.ts';

/** Security check S5. */
const CHALLENGE_BYTES = 32;

/**
 * Options for signing in with any passkey of this relying party: nobody is named, so they tell nothing of
 * who has an account. The challenge is good once, for five minutes. Throws RATE_LIMITED.
 */
export async function createAuthenticationOptions(
  call: CallContext,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const turn = await takeOptionsTurn(call);
  const { config, db } = call.deps;
  const { id: rpId, requiresUserVerification } = config.relyingParty;
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const now = call.deps.now();
  await insertChallenge(db, challenge, {
    now,
    expiresAt: new Date(now.getTime() + CHALLENGE_TTL_MS),
  }).catch(async (fault: unknown) => {
    await turn.giveBack();
    throw fault;
  });
  return {
    challenge,
    rpId,
    timeout: CHALLENGE_TTL_MS,
    allowCredentials: [],
    userVerification: requiresUserVerification ? 'required' : 'preferred',
  };
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
  const clientData = readClientData(response);
  const { challenge } = clientData;
  const { db, now } = call.deps;
  const { expiresAt, owner } = await readAsked(db, { challenge, credentialId: response.id });
  if (expiresAt === null) throw refuse('The challenge was taken before, or never issued');
  if (expiresAt <= now()) throw refuse('The challenge has expired');
  if (owner === null) {
    await takeChallenge(db, challenge);
    throw new UnknownCredentialError();
  }
  call.concern(owner.user.id);

  const assertion = await judge(call, response, { clientData, owner });
  return complete(call, owner, { challenge, ...assertion });
}

function readClientData({ response }: AuthenticationResponse): ClientData {
  try {
    return parseClientData(response.clientDataJSON);
  } catch (cause) {
    throw refuse("The client data can't be read", cause);
  }
}

/** Verifies the assertion. What fails counts against the passkey, and uses the challenge up. */
async function judge(
  call: CallContext,
  response: AuthenticationResponse,
  { clientData, owner }: { clientData: ClientData; owner: CredentialOwner },
): Promise<VerifiedAssertion> {
  const { config, db } = call.deps;
  const { challenge } = clientData;
  const turn = await takeVerificationTurn(call, owner.passkeyId);
  let assertion: VerifiedAssertion;
  try {
    refuseForeignFrame(clientData);
    const judgedBy = { challenge, stored: owner.credential };
    assertion = await verifyAssertion(config.relyingParty, response, judgedBy);
  } catch (cause) {
    await takeChallenge(db, challenge).catch(async (fault: unknown) => {
      await turn.giveBack();
      throw fault;
    });
    if (cause instanceof CounterWentBackError) tellOfCopy(call, owner);
    throw refuse('The assertion does not verify', cause);
  }
  await turn.giveBack();
  return assertion;
}

function complete(
  call: CallContext,
  { user, passkeyId, factorEnabled }: CredentialOwner,
  assertion: VerifiedAssertion & { readonly challenge: string },
): Promise<SignedIn> {
  const { now } = call.deps;
  const { address } = call.request;
  return signInRecognised(call, {
    user,
    factorEnabled,
    isBothFactors: assertion.isUserVerified,
    async succeed(db, writes) {
      const attempt = { address, successful: true, method: 'passkey', at: now() };
      const isSettled = await settleAssertion(db, { passkeyId, ...assertion }, attempt, writes);
      if (!isSettled) throw refuse('The challenge or the counter was used meanwhile');
    },
  });
}

/** Two authenticators with one key: the owner is the one to know which of them is theirs. */
function tellOfCopy(call: CallContext, { user, passkeyId }: CredentialOwner): void {
  const { config, mailer } = call.deps;
  recordEvent(call, 'PASSKEY_COUNTER_WENT_BACK', user.id, { passkeyId });
  const occasion = describeOccasion(call);
  mailer.send(copiedPasskeyMail({ to: user.email, baseUrl: config.baseUrl, occasion }));
}

function refuse(reason: string, cause?: unknown): AuthError {
  return new AuthError('PASSKEY_VERIFICATION_FAILED', { cause: new Error(reason, { cause }) });
}
