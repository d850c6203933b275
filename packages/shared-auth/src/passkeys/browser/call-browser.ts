import { readString } from '@mana/auth-core/errors/safe-read';
import { toFailure } from '../../transport/auth-failure.ts';
import type { OutputOf } from '../../transport/procedures.ts';
import { type AuthFailure, type AuthResult, succeed } from '../../transport/result.ts';
import { encodeBase64url } from './base64url.ts';
import {
  type AuthenticationResponse,
  parseCreationOptions,
  parseRequestOptions,
  type RegistrationResponse,
  type RequestOptions,
  toAuthenticationResponse,
  toRegistrationResponse,
} from './credential-json.ts';
import type { PasskeyPlatform } from './passkey-platform.ts';

/** How to ask: `conditional` without a prompt of its own, until `signal` ends it. */
interface CallOptions {
  readonly signal: AbortSignal;
  readonly mediation?: 'conditional';
}

/**
 * Asks for a new passkey. Never rejects, and settles as soon as the signal is aborted.
 *
 * Says that its PRF will be wanted: a security key makes the secret of it together with the passkey, or never
 * (CTAP 2.1, section 12.5), and without it the passkey can't unlock the vault.
 */
export function createCredential(
  { credentials }: PasskeyPlatform,
  options: OutputOf<'passkeys.registerOptions'>,
  how: CallOptions,
): Promise<AuthResult<RegistrationResponse>> {
  return settle(how.signal, async () => {
    const extensions = { ...options.extensions, prf: {} };
    const publicKey = parseCreationOptions({ ...options, extensions });
    const credential = await credentials.create({ publicKey, ...how });
    return credential && toRegistrationResponse(credential);
  });
}

/** Asks for a passkey to sign in with. As `createCredential`. */
export function getAssertion(
  { credentials }: PasskeyPlatform,
  options: OutputOf<'passkeys.authenticateOptions'>,
  how: CallOptions,
): Promise<AuthResult<AuthenticationResponse>> {
  return settle(how.signal, async () => {
    const publicKey = parseRequestOptions(options);
    const credential = await credentials.get({ publicKey, ...how });
    return credential && toAuthenticationResponse(credential);
  });
}

/**
 * Asks a passkey for its PRF's output (WebAuthn Level 3, section 10.1.4), undefined for one without. As
 * `createCredential`.
 */
export function getPrfOutput(
  { credentials }: PasskeyPlatform,
  { options, input }: { options: RequestOptions; input: string },
  how: CallOptions,
): Promise<AuthResult<{ credentialId: string; output: unknown }>> {
  return settle(how.signal, async () => {
    const extensions = { prf: { eval: { first: new TextEncoder().encode(input) } } };
    const publicKey = { ...parseRequestOptions(options), extensions };
    const credential = await credentials.get({ publicKey, ...how });
    return credential && readPrf(credential as PublicKeyCredential);
  });
}

/** What password managers put in a browser's place may lack the method. */
function readPrf(credential: PublicKeyCredential): { credentialId: string; output: unknown } {
  const { prf } = credential.getClientExtensionResults?.() ?? {};
  return { credentialId: encodeBase64url(credential.rawId), output: prf?.results?.first };
}

/** What stands in for a browser's own methods may not know of signals, so nobody waits for it. */
async function settle<T>(
  signal: AbortSignal,
  call: () => Promise<T | null>,
): Promise<AuthResult<T>> {
  const cut = Promise.withResolvers<null>();
  const onAbort = () => cut.resolve(null);
  signal.addEventListener('abort', onAbort);
  try {
    const answer = signal.aborted ? null : await Promise.race([call(), cut.promise]);
    return answer === null ? toFailure('PASSKEY_CANCELLED') : succeed(answer);
  } catch (error) {
    return signal.aborted ? toFailure('PASSKEY_CANCELLED') : classifyCeremony(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The names of a ceremony's exceptions (WebAuthn Level 3, sections 5.1.3 and 5.1.4). */
function classifyCeremony(error: unknown): AuthFailure {
  switch (readString(error, 'name')) {
    case 'NotAllowedError':
    case 'AbortError':
      return toFailure('PASSKEY_CANCELLED');
    case 'InvalidStateError':
      return toFailure('VALIDATION', { message: REGISTERED_ALREADY });
    case 'SecurityError':
    case 'NotSupportedError':
      return toFailure('PASSKEY_NOT_ENABLED');
    default:
      return toFailure('INTERNAL');
  }
}

const REGISTERED_ALREADY =
  'This device or password manager already has a passkey for your account. Use that one, or choose another place to keep a new one.';
