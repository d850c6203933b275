import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/server';
import { withLiveSession } from '../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { recordEvent } from '../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../trpc/request-origin.ts';
import {
  issueToken,
  redeemToken,
  type TokenPurpose,
} from '../auth/tokens/single-use-tokens.service.ts';
import { findAuthenticatorName } from './authenticator-name.ts';
import { CHALLENGE_TTL_MS } from './challenge-lifetime.ts';
import { parseClientData, refuseForeignFrame } from './client-data.ts';
import { passkeyAddedMail } from './passkeys.mails.ts';
import { insertPasskey, listPasskeys } from './passkeys.repository.ts';
import type { RegistrationResponse } from './passkeys.schema.ts';
import { type PublicPasskey, toPublicPasskey } from './public-passkey.ts';
import { deriveUserHandle } from './user-handle.ts';
import { type RegisteredCredential, verifyRegistration } from './verify-registration.ts';

/** More than anybody has devices; all of them are named to the browser at each registration. */
const MAX_PASSKEYS = 50;

/**
 * Options for making a passkey that names its user by itself. The challenge is good once, for five
 * minutes and for the caller. Throws VALIDATION where the account has as many as it may.
 */
export async function createRegistrationOptions(
  call: SignedInContext,
  { conditional }: { conditional: boolean },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { config, db, now } = call.deps;
  const { id: userId, email, name } = call.session.user;
  const { relyingParty } = config;
  const passkeys = await listPasskeys(db, userId);
  if (passkeys.length >= MAX_PASSKEYS) throw new AuthError('VALIDATION', { message: TOO_MANY });
  const challenge = await issueToken(
    db,
    { purpose: purposeOf(conditional), userId, email },
    { from: now(), ttlSeconds: CHALLENGE_TTL_MS / 1000 },
  );
  const wantsVerification = relyingParty.requiresUserVerification && !conditional;
  return generateRegistrationOptions({
    rpID: relyingParty.id,
    rpName: relyingParty.name,
    userID: deriveUserHandle(userId),
    userName: email,
    userDisplayName: name,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: CHALLENGE_TTL_MS,
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ credential_id: id }) => ({ id })),
    authenticatorSelection: {
      residentKey: 'required',
      userVerification: wantsVerification ? 'required' : 'preferred',
    },
  });
}

/**
 * Keeps a new passkey, named after its authenticator unless the caller names it. The owner gets a mail.
 *
 * Throws PASSKEY_VERIFICATION_FAILED, also for a challenge that was used, has expired or is another
 * user's, and VALIDATION for a credential that anybody has already.
 */
export async function registerPasskey(
  call: SignedInContext,
  input: { response: RegistrationResponse; name?: string | undefined; conditional: boolean },
): Promise<{ passkey: PublicPasskey }> {
  const { config, mailer, now } = call.deps;
  const { response, conditional } = input;
  const { challenge, credential } = await verify(call, response, conditional);
  const name = input.name ?? findAuthenticatorName(credential.aaguid) ?? null;
  const passkey = await withLiveSession(call, async (trx, user) => {
    const presented = { token: challenge, now: now() };
    const { user: holder } = await redeemToken(trx, purposeOf(conditional), presented).catch(
      refuseChallenge,
    );
    if (holder.id !== user.id) throw refuse('The challenge was issued to another user');
    if ((await listPasskeys(trx, user.id)).length >= MAX_PASSKEYS)
      throw new AuthError('VALIDATION', { message: TOO_MANY });
    return insertPasskey(trx, credential, { userId: user.id, name, now: now() });
  });
  if (!passkey) throw new AuthError('VALIDATION', { message: REGISTERED_ALREADY });
  const { id: userId, email } = call.session.user;
  recordEvent(call, 'PASSKEY_ADDED', userId, { passkeyId: passkey.id });
  const requestOrigin = describeRequestOrigin(call);
  const shown = toPublicPasskey(passkey);
  mailer.send(
    passkeyAddedMail({ to: email, baseUrl: config.baseUrl, requestOrigin, name: shown.name }),
  );
  return { passkey: shown };
}

const TOO_MANY = `An account keeps ${MAX_PASSKEYS} passkeys at most. Remove one first.`;
const REGISTERED_ALREADY = 'That passkey is registered already.';

/** A challenge of a conditional creation, where nobody was asked, is none for a registration that asks. */
function purposeOf(conditional: boolean): TokenPurpose {
  return conditional ? 'passkey-upgrade' : 'passkey-registration';
}

async function verify(
  call: SignedInContext,
  response: RegistrationResponse,
  conditional: boolean,
): Promise<{ challenge: string; credential: RegisteredCredential }> {
  try {
    const clientData = parseClientData(response.response.clientDataJSON);
    refuseForeignFrame(clientData);
    const { challenge } = clientData;
    const { relyingParty } = call.deps.config;
    const credential = await verifyRegistration(relyingParty, response, { challenge, conditional });
    return { challenge, credential };
  } catch (cause) {
    throw refuse('The registration does not verify', cause);
  }
}

/** What ails the challenge says nothing of the caller's session, which TOKEN_EXPIRED would. */
function refuseChallenge(error: unknown): never {
  if (error instanceof AuthError && ['TOKEN_EXPIRED', 'TOKEN_INVALID'].includes(error.code)) {
    throw refuse('The challenge was taken before, has expired, or was never issued', error);
  }
  throw error;
}

function refuse(reason: string, cause?: unknown): AuthError {
  return new AuthError('PASSKEY_VERIFICATION_FAILED', { cause: new Error(reason, { cause }) });
}
