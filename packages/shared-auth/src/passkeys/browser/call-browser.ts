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

/** How to call the browser: `conditional` without a prompt of its own, until `signal` ends it. */
interface CeremonyOptions {
  readonly signal: AbortSignal;
  readonly mediation?: 'conditional';
}

/**
 * Has the browser create a passkey. Never rejects, and settles as soon as the signal is aborted.
 *
 * Requests the PRF extension: a security key creates its PRF secret together with the passkey or never
 * (CTAP 2.1, section 12.5), and without it the passkey can't unlock the vault.
 */
export function createCredential(
  { credentials }: PasskeyPlatform,
  options: OutputOf<'passkeys.registerOptions'>,
  ceremony: CeremonyOptions,
): Promise<AuthResult<RegistrationResponse>> {
  return settle(ceremony.signal, async () => {
    const extensions = { ...options.extensions, prf: {} };
    const publicKey = parseCreationOptions({ ...options, extensions });
    const credential = await credentials.create({ publicKey, ...ceremony });
    return credential && toRegistrationResponse(credential);
  });
}

/** Prompts for a passkey to sign in with. Settles as `createCredential` does. */
export function getAssertion(
  { credentials }: PasskeyPlatform,
  options: OutputOf<'passkeys.authenticateOptions'>,
  ceremony: CeremonyOptions,
): Promise<AuthResult<AuthenticationResponse>> {
  return settle(ceremony.signal, async () => {
    const publicKey = parseRequestOptions(options);
    const credential = await credentials.get({ publicKey, ...ceremony });
    return credential && toAuthenticationResponse(credential);
  });
}

/** The chosen passkey, and what its PRF extension computed. */
export interface PrfOutput {
  /** Base64url. */
  readonly credentialId: string;
  /** As the browser returned it: secret, unchecked, and undefined from a passkey without the extension. */
  readonly output: unknown;
}

/** Prompts for a passkey's PRF output (WebAuthn Level 3, section 10.1.4). Settles as `createCredential` does. */
export function getPrfOutput(
  { credentials }: PasskeyPlatform,
  { options, input }: { options: RequestOptions; input: string },
  ceremony: CeremonyOptions,
): Promise<AuthResult<PrfOutput>> {
  return settle(ceremony.signal, async () => {
    const extensions = { prf: { eval: { first: new TextEncoder().encode(input) } } };
    const publicKey = { ...parseRequestOptions(options), extensions };
    const credential = await credentials.get({ publicKey, ...ceremony });
    return credential && readPrf(credential as PublicKeyCredential);
  });
}

/** A password manager's replacement for the browser's credential may lack the method. */
function readPrf(credential: PublicKeyCredential): PrfOutput {
  const { prf } = credential.getClientExtensionResults?.() ?? {};
  return { credentialId: encodeBase64url(credential.rawId), output: prf?.results?.first };
}

/** A replacement for the browser's own methods may ignore signals, so this doesn't wait for it. */
async function settle<T>(
  signal: AbortSignal,
  call: () => Promise<T | null>,
): Promise<AuthResult<T>> {
  const cut = Promise.withResolvers<null>();
  const onAbort = () => cut.resolve(null);
  signal.addEventListener('abort', onAbort);
  try {
    const credential = signal.aborted ? null : await Promise.race([call(), cut.promise]);
    return credential === null ? toFailure('PASSKEY_CANCELLED') : succeed(credential);
  } catch (error) {
    return signal.aborted ? toFailure('PASSKEY_CANCELLED') : classifyCeremony(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** By the name of the exception (WebAuthn Level 3, sections 5.1.3 and 5.1.4). */
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
  'This device or password manager already has a passkey for your account. Use that one, or save a new one somewhere else.';
