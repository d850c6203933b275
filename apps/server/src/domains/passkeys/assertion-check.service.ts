import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { CallContext } from '../../trpc/context.ts';
import { recordEvent } from '../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../trpc/request-origin.ts';
import { UnknownCredentialError } from '../../trpc/unknown-credential.ts';
import { type CredentialOwner, readAsked } from './assertions.repository.ts';
import { type Challenge, type Prover, takeChallenge } from './challenges.repository.ts';
import { type ClientData, parseClientData, refuseForeignFrame } from './client-data.ts';
import { consumeVerificationRateLimit } from './passkey-limits.ts';
import { copiedPasskeyMail } from './passkeys.mails.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';
import {
  CounterWentBackError,
  type VerifiedAssertion,
  verifyAssertion,
} from './verify-assertion.ts';

/** An assertion that answers a challenge of ours with a passkey of somebody's. Not verified. */
export interface PresentedAssertion {
  readonly response: AuthenticationResponse;
  readonly clientData: ClientData;
  readonly challenge: Challenge;
  readonly owner: CredentialOwner;
}

/**
 * Finds what an assertion answers, and whose passkey does. Throws PASSKEY_VERIFICATION_FAILED for a
 * challenge that is none of the prover's, and for a credential of nobody, which uses the challenge up.
 */
export async function findPresented(
  call: CallContext,
  response: AuthenticationResponse,
  prover: Prover,
): Promise<PresentedAssertion> {
  const clientData = readClientData(response);
  const challenge = { value: clientData.challenge, prover };
  const { db, now } = call.deps;
  const { expiresAt, owner } = await readAsked(db, { challenge, credentialId: response.id });
  if (expiresAt === null) throw refuse('The challenge was taken before, or never issued');
  if (expiresAt <= now()) throw refuse('The challenge has expired');
  if (owner === null) {
    await takeChallenge(db, challenge);
    throw new UnknownCredentialError();
  }
  return { response, clientData, challenge, owner };
}

function readClientData({ response }: AuthenticationResponse): ClientData {
  try {
    return parseClientData(response.clientDataJSON);
  } catch (cause) {
    throw refuse("The client data can't be read", cause);
  }
}

/**
 * Verifies the assertion. What fails counts against the passkey, uses the challenge up, and is
 * PASSKEY_VERIFICATION_FAILED. Throws RATE_LIMITED for a passkey that has failed too often.
 */
export async function judgePresented(
  call: CallContext,
  { response, clientData, challenge, owner }: PresentedAssertion,
  { requiresUserVerification }: { requiresUserVerification: boolean },
): Promise<VerifiedAssertion> {
  const { config, db } = call.deps;
  const turn = await consumeVerificationRateLimit(call, owner.passkeyId);
  let assertion: VerifiedAssertion;
  try {
    refuseForeignFrame(clientData);
    const judgedBy = { challenge: challenge.value, stored: owner.credential };
    const relyingParty = { ...config.relyingParty, requiresUserVerification };
    assertion = await verifyAssertion(relyingParty, response, judgedBy);
  } catch (cause) {
    await takeChallenge(db, challenge).catch(async (fault: unknown) => {
      await turn.release();
      throw fault;
    });
    if (cause instanceof CounterWentBackError) tellOfCopy(call, owner);
    throw refuse('The assertion does not verify', cause);
  }
  await turn.release();
  return assertion;
}

/** Two authenticators with one key: the owner is the one to know which of them is theirs. */
function tellOfCopy(call: CallContext, { user, passkeyId }: CredentialOwner): void {
  const { config, mailer } = call.deps;
  recordEvent(call, 'PASSKEY_COUNTER_WENT_BACK', user.id, { passkeyId });
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(copiedPasskeyMail({ to: user.email, baseUrl: config.baseUrl, requestOrigin }));
}

export function refuse(reason: string, cause?: unknown): AuthError {
  return new AuthError('PASSKEY_VERIFICATION_FAILED', { cause: new Error(reason, { cause }) });
}
