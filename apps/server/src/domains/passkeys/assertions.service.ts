import { randomBytes } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Transaction } from 'kysely';
import { notifyOwner } from '../../mail/notify-owner.ts';
import { recordEvent } from '../../security-events/record-event.ts';
import type { CallContext } from '../../trpc/context.ts';
import { UnknownCredentialError } from '../../trpc/error-data.ts';
import { type CredentialOwner, readChallengeAndOwner } from './assertions.repository.ts';
import {
  CHALLENGE_TTL_MS,
  type ClientData,
  parseClientData,
  refuseForeignFrame,
  toVerificationFailure,
} from './ceremony.ts';
import {
  type Challenge,
  type ChallengeSubject,
  insertChallenge,
  takeChallenge,
} from './challenges.repository.ts';
import { consumeVerificationRateLimit, type Presenter } from './passkey-limits.ts';
import { copiedPasskeyMail } from './passkeys.mails.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';
import {
  CounterWentBackError,
  type VerifiedAssertion,
  verifyAssertion,
} from './verify-assertion.ts';

/** Security check S5. */
const CHALLENGE_BYTES = 32;

/** A passkey, as a browser looks for it. */
export type Descriptor = NonNullable<
  PublicKeyCredentialRequestOptionsJSON['allowCredentials']
>[number];

interface AssertionRequest {
  readonly subject: ChallengeSubject;
  /** Empty for any passkey of this relying party. */
  readonly allowCredentials: Descriptor[];
  readonly requiresUserVerification: boolean;
}

/** Options for one assertion, with a challenge that is valid once, for five minutes and for its subject. */
export async function createAssertionOptions(
  { deps }: CallContext,
  { subject, allowCredentials, requiresUserVerification }: AssertionRequest,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + CHALLENGE_TTL_MS);
  await insertChallenge(deps.db, { value: challenge, subject }, { now, expiresAt });
  return {
    challenge,
    rpId: deps.config.relyingParty.id,
    timeout: CHALLENGE_TTL_MS,
    allowCredentials,
    userVerification: requiresUserVerification ? 'required' : 'preferred',
  };
}

/** An assertion that answers one of our challenges with somebody's passkey. Not verified. */
export interface PresentedAssertion {
  readonly response: AuthenticationResponse;
  readonly clientData: ClientData;
  readonly challenge: Challenge;
  readonly owner: CredentialOwner;
}

/**
 * Finds the challenge that an assertion answers, and whose passkey it is. Throws PASSKEY_VERIFICATION_FAILED
 * for a challenge that wasn't issued to this subject, and for an unknown credential, which uses the
 * challenge up.
 */
export async function findPresented(
  call: CallContext,
  response: AuthenticationResponse,
  subject: ChallengeSubject,
): Promise<PresentedAssertion> {
  const clientData = readClientData(response);
  const challenge = { value: clientData.challenge, subject };
  const { db, now } = call.deps;
  const { expiresAt, owner } = await readChallengeAndOwner(db, {
    challenge,
    credentialId: response.id,
  });
  if (expiresAt === null)
    throw toVerificationFailure('The challenge was used before, or never issued');
  if (expiresAt <= now()) throw toVerificationFailure('The challenge has expired');
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
    throw toVerificationFailure("The client data can't be read", cause);
  }
}

interface VerificationOptions {
  readonly requiresUserVerification: boolean;
  readonly presenter: Presenter;
}

/**
 * Verifies the assertion. A failure counts against the passkey and its presenter, uses the challenge up and
 * throws PASSKEY_VERIFICATION_FAILED. Throws RATE_LIMITED for a presenter with whom it has failed too often.
 */
export async function verifyPresented(
  call: CallContext,
  { response, clientData, challenge, owner }: PresentedAssertion,
  { requiresUserVerification, presenter }: VerificationOptions,
): Promise<VerifiedAssertion> {
  const { config, db } = call.deps;
  const consumed = await consumeVerificationRateLimit(call, {
    passkeyId: owner.passkeyId,
    presenter,
  });
  let assertion: VerifiedAssertion;
  try {
    refuseForeignFrame(clientData);
    const expected = { challenge: challenge.value, stored: owner.credential };
    const relyingParty = { ...config.relyingParty, requiresUserVerification };
    assertion = await verifyAssertion(relyingParty, response, expected);
  } catch (cause) {
    const isCopied = cause instanceof CounterWentBackError;
    const refused = db.transaction().execute(async (trx) => {
      await takeChallenge(trx, challenge);
      if (isCopied) await reportCopiedKey(call, trx, owner);
    });
    await refused.catch(async (fault: unknown) => {
      await consumed.release();
      throw fault;
    });
    throw toVerificationFailure('The assertion does not verify', cause);
  }
  await consumed.release();
  return assertion;
}

/** Two authenticators share one key: only the owner can know which of them is theirs. */
async function reportCopiedKey(
  call: CallContext,
  trx: Transaction<Database>,
  { user, passkeyId }: CredentialOwner,
): Promise<void> {
  await recordEvent(call, trx, 'PASSKEY_COUNTER_WENT_BACK', user.id, { passkeyId });
  await notifyOwner(call, trx, user.email, copiedPasskeyMail);
}
