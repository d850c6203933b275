import type { InputOf, OutputOf } from '../../transport/procedures.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';

// The platform's own parseCreationOptionsFromJSON and toJSON are missing from some browsers that have
// passkeys, and from what password managers replace them with: docs/adr/0013.

type CreationOptions = OutputOf<'passkeys.registerOptions'>;
/** What a browser needs to prompt for an existing passkey. */
export type RequestOptions = Omit<OutputOf<'passkeys.authenticateOptions'>, 'allowCredentials'> & {
  readonly allowCredentials?: readonly Descriptor[];
};
interface Descriptor {
  /** Base64url. */
  readonly id: string;
  readonly transports?: readonly string[];
}
/** What the server takes about a new credential. */
export type RegistrationResponse = InputOf<'passkeys.registerVerify'>['response'];
/** What the server takes about an assertion. */
export type AuthenticationResponse = InputOf<'passkeys.authenticateVerify'>['response'];

/** The options with bytes in place of base64url. Throws for what isn't base64url. */
export function parseCreationOptions(options: CreationOptions): PublicKeyCredentialCreationOptions {
  const { challenge, user, excludeCredentials, ...rest } = options;
  return {
    ...(rest as object as Pick<PublicKeyCredentialCreationOptions, 'pubKeyCredParams' | 'rp'>),
    challenge: decodeBase64url(challenge),
    user: { ...user, id: decodeBase64url(user.id) },
    excludeCredentials: parseDescriptors(excludeCredentials),
  };
}

/** As `parseCreationOptions`. */
export function parseRequestOptions(options: RequestOptions): PublicKeyCredentialRequestOptions {
  const { challenge, allowCredentials, ...rest } = options;
  return {
    ...(rest as object),
    challenge: decodeBase64url(challenge),
    allowCredentials: parseDescriptors(allowCredentials),
  };
}

/** The parts of a new credential that the server reads. */
export function toRegistrationResponse(credential: Credential): RegistrationResponse {
  const { rawId, response } = credential as PublicKeyCredential;
  const { clientDataJSON, attestationObject, ...attestation } = readAttestation(response);
  return {
    ...toEnvelope(rawId),
    response: {
      clientDataJSON: encodeBase64url(clientDataJSON),
      attestationObject: encodeBase64url(attestationObject),
      ...attestation,
    },
  };
}

/** The parts of an assertion that the server reads. */
export function toAuthenticationResponse(credential: Credential): AuthenticationResponse {
  const { rawId, response } = credential as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature } =
    response as AuthenticatorAssertionResponse;
  return {
    ...toEnvelope(rawId),
    response: {
      clientDataJSON: encodeBase64url(clientDataJSON),
      authenticatorData: encodeBase64url(authenticatorData),
      signature: encodeBase64url(signature),
    },
  };
}

function toEnvelope(rawId: ArrayBuffer) {
  const id = encodeBase64url(rawId);
  return { id, rawId: id, type: 'public-key' } as const;
}

function readAttestation(response: AuthenticatorResponse) {
  const attestation = response as AuthenticatorAttestationResponse;
  const { clientDataJSON, attestationObject } = attestation;
  const transports = attestation.getTransports?.();
  return { clientDataJSON, attestationObject, ...(transports && { transports }) };
}

function parseDescriptors(
  descriptors: readonly Descriptor[] | undefined,
): PublicKeyCredentialDescriptor[] {
  return (descriptors ?? []).map(({ id, transports }) => ({
    id: decodeBase64url(id),
    type: 'public-key',
    ...(transports && { transports: transports as AuthenticatorTransport[] }),
  }));
}
