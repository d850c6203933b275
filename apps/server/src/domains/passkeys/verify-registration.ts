import { verifyRegistrationResponse } from '@simplewebauthn/server';
import type { RelyingParty } from '../../config/relying-party.ts';
import type { RegistrationResponse } from './passkeys.schema.ts';

/** A new credential, as a verified registration describes it. */
export interface RegisteredCredential {
  /** Base64url. */
  readonly credentialId: string;
  /** COSE_Key, base64. */
  readonly publicKey: string;
  readonly counter: number;
  readonly deviceType: string;
  readonly backedUp: boolean;
  /** Separated by commas; null if none is named. */
  readonly transports: string | null;
  readonly aaguid: string;
}

/**
 * Verifies a registration (WebAuthn Level 3, section 7.1). Throws if a step fails.
 *
 * In a conditional creation the browser doesn't ask, so neither presence nor verification of the user is
 * required (step 15); signing in with the passkey requires both.
 */
export async function verifyRegistration(
  { id, origins, requiresUserVerification }: RelyingParty,
  response: RegistrationResponse,
  { challenge, conditional }: { challenge: string; conditional: boolean },
): Promise<RegisteredCredential> {
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: { ...response, clientExtensionResults: {} } as Verifiable,
    expectedChallenge: challenge,
    expectedOrigin: [...origins],
    expectedRPID: id,
    requireUserPresence: !conditional,
    requireUserVerification: requiresUserVerification && !conditional,
  });
  if (!verified) throw new Error('The attestation does not verify');
  const { credential, credentialDeviceType, credentialBackedUp, aaguid } = registrationInfo;
  // What is signed is the id inside; the length of the other one alone has been checked (S3).
  if (credential.id !== response.id) throw new Error('The authenticator made another credential');
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64'),
    counter: credential.counter,
    deviceType: credentialDeviceType,
    backedUp: credentialBackedUp,
    transports: response.response.transports?.join(',') || null,
    aaguid,
  };
}

type Verifiable = Parameters<typeof verifyRegistrationResponse>[0]['response'];
