import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/server';
import { notifyOwner } from '../../mail/notify-owner.ts';
import { recordEvent } from '../../security-events/record-event.ts';
import { withReplacedSession } from '../../sessions/replace-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import {
  issueToken,
  redeemToken,
  type TokenPurpose,
} from '../auth/tokens/single-use-tokens.service.ts';
import { findAuthenticatorName } from './authenticator-name.ts';
import {
  CHALLENGE_TTL_MS,
  parseClientData,
  refuseForeignFrame,
  toVerificationFailure,
} from './ceremony.ts';
import { passkeyAddedMail } from './passkeys.mails.ts';
import { insertPasskey, listPasskeys } from './passkeys.repository.ts';
import type { RegistrationResponse } from './passkeys.schema.ts';
import { deriveUserHandle, type PublicPasskey, toPublicPasskey } from './public-passkey.ts';
import { type RegisteredCredential, verifyRegistration } from './verify-registration.ts';

/** More than anybody has devices; the browser is told of all of them at each registration. */
const MAX_PASSKEYS = 50;

/**
 * Options for creating a discoverable passkey. The challenge is valid once, for five minutes and for the
 * caller's session. Throws VALIDATION if the account has as many passkeys as it may.
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
    { purpose: purposeOf(conditional), userId, email, session: call.session },
    { from: now(), ttlSeconds: CHALLENGE_TTL_MS / 1000 },
  );
  const requiresVerification = relyingParty.requiresUserVerification && !conditional;
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
      userVerification: requiresVerification ? 'required' : 'preferred',
    },
  });
}

/**
 * Registers a new passkey, named after its authenticator unless the caller names it. The owner gets a mail.
 *
 * Throws PASSKEY_VERIFICATION_FAILED, also for a challenge that was used, has expired or is another
 * session's, and VALIDATION for a credential that any user has already.
 */
export async function registerPasskey(
  call: SignedInContext,
  input: { response: RegistrationResponse; name?: string | undefined; conditional: boolean },
): Promise<{ passkey: PublicPasskey }> {
  const { now } = call.deps;
  const { response, conditional } = input;
  const { challenge, credential } = await verify(call, response, conditional);
  const name = input.name ?? findAuthenticatorName(credential.aaguid) ?? null;
  const passkey = await withReplacedSession(call, async (trx, user) => {
    const presented = { token: challenge, now: now() };
    const holder = await redeemToken(trx, purposeOf(conditional), presented).catch(refuseChallenge);
    if (holder.user.id !== user.id || holder.familyId !== call.session.familyId)
      throw toVerificationFailure('The challenge was issued to another session');
    if ((await listPasskeys(trx, user.id)).length >= MAX_PASSKEYS)
      throw new AuthError('VALIDATION', { message: TOO_MANY });
    const added = await insertPasskey(trx, credential, { userId: user.id, name, now: now() });
    if (!added) return undefined;
    const shown = toPublicPasskey(added);
    await recordEvent(call, trx, 'PASSKEY_ADDED', user.id, { passkeyId: shown.id });
    await notifyOwner(call, trx, user.email, (about) =>
      passkeyAddedMail({ ...about, name: shown.name }),
    );
    return shown;
  });
  if (!passkey) throw new AuthError('VALIDATION', { message: REGISTERED_ALREADY });
  return { passkey };
}

const TOO_MANY = `An account can have at most ${MAX_PASSKEYS} passkeys. Remove one first.`;
const REGISTERED_ALREADY = 'That passkey is already registered.';

/** A challenge for conditional creation, where the user isn't asked, isn't valid for a registration that asks. */
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
    throw toVerificationFailure('The registration does not verify', cause);
  }
}

/** A bad challenge says nothing about the caller's session, as TOKEN_EXPIRED would. */
function refuseChallenge(error: unknown): never {
  if (error instanceof AuthError && ['TOKEN_EXPIRED', 'TOKEN_INVALID'].includes(error.code)) {
    throw toVerificationFailure(
      'The challenge was used before, has expired, or was never issued',
      error,
    );
  }
  throw error;
}
