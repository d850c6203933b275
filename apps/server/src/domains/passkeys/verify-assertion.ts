import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { RelyingParty } from '../../config/relying-party.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';

export interface StoredCredential {
  readonly credentialId: string;
  /** COSE_Key, base64. */
  readonly publicKey: string;
  readonly counter: number;
  readonly deviceType: string;
}

export interface VerifiedAssertion {
  readonly counter: number;
  readonly backedUp: boolean;
  readonly isUserVerified: boolean;
}

/** The signature is right, and its counter isn't above the stored one: perhaps there is a copy of the key. */
export class CounterWentBackError extends Error {
  override readonly name = 'CounterWentBackError';
}

/** Both kinds of a credential that the library tells apart by the flag "backup eligible". */
const DEVICE_TYPES: readonly string[] = ['singleDevice', 'multiDevice'];

/**
 * Verifies an assertion (WebAuthn Level 3, section 7.2) with a stored key. Throws where a step fails: a
 * `CounterWentBackError` only once the signature is verified, so that nobody else can bring it about.
 */
export async function verifyAssertion(
  { id, origins, requiresUserVerification }: RelyingParty,
  response: AuthenticationResponse,
  { challenge, stored }: { challenge: string; stored: StoredCredential },
): Promise<VerifiedAssertion> {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...response, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: [...origins],
    expectedRPID: id,
    credential: {
      id: stored.credentialId,
      publicKey: new Uint8Array(Buffer.from(stored.publicKey, 'base64')),
      // The library would look at the counter before the signature.
      counter: 0,
    },
    requireUserVerification: requiresUserVerification,
  });
  if (!verified) throw new Error('The signature does not verify');
  const { newCounter: counter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
  // Step 19: whether a credential can be backed up never changes. Databases of others may not say.
  if (DEVICE_TYPES.includes(stored.deviceType) && credentialDeviceType !== stored.deviceType) {
    throw new Error(`The credential was ${stored.deviceType} and says ${credentialDeviceType} now`);
  }
  // Step 22. Authenticators that don't count send zero.
  if (counter <= stored.counter && (counter > 0 || stored.counter > 0)) {
    throw new CounterWentBackError(`The counter went from ${stored.counter} to ${counter}`);
  }
  return { counter, backedUp: credentialBackedUp, isUserVerified: authenticationInfo.userVerified };
}
