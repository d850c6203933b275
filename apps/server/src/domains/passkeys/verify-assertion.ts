import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { RelyingParty } from '../../config/relying-party.ts';
import type { AuthenticationResponse } from './passkeys.schema.ts';

/** A credential as it was registered, and its last counter. */
export interface StoredCredential {
  readonly credentialId: string;
  /** COSE_Key, base64. */
  readonly publicKey: string;
  readonly counter: number;
  readonly deviceType: string;
}

/** What a verified assertion says. */
export interface VerifiedAssertion {
  readonly counter: number;
  readonly backedUp: boolean;
  readonly isUserVerified: boolean;
  /** Whether the key can't be backed up, and so never leaves its device. */
  readonly isSingleDevice: boolean;
}

/** The signature is valid, but its counter isn't higher than the stored one: the key may have been copied. */
export class CounterWentBackError extends Error {
  override readonly name = 'CounterWentBackError';
}

/** The two kinds of credential, which the library tells apart by the flag "backup eligible". */
const DEVICE_TYPES: readonly string[] = ['singleDevice', 'multiDevice'];

/**
 * Verifies an assertion (WebAuthn Level 3, section 7.2) against a stored key. Throws if a step fails;
 * `CounterWentBackError` only once the signature is verified, so that only the key's holder can cause it.
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
      // The library would check the counter before the signature.
      counter: 0,
    },
    requireUserVerification: requiresUserVerification,
  });
  if (!verified) throw new Error('The signature does not verify');
  const { newCounter: counter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
  // Step 19: whether a credential can be backed up never changes. Imported rows may not say.
  if (DEVICE_TYPES.includes(stored.deviceType) && credentialDeviceType !== stored.deviceType) {
    throw new Error(`The credential was ${stored.deviceType} and now says ${credentialDeviceType}`);
  }
  // Step 22. Authenticators without a counter send zero.
  if (counter <= stored.counter && (counter > 0 || stored.counter > 0)) {
    throw new CounterWentBackError(`The counter went from ${stored.counter} to ${counter}`);
  }
  return {
    counter,
    backedUp: credentialBackedUp,
    isUserVerified: authenticationInfo.userVerified,
    isSingleDevice: credentialDeviceType === 'singleDevice',
  };
}
