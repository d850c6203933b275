import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

/**
 * Nobody has the credential that a passkey was used with. The answer says so in
 * `error.data.unknownCredential`, so that the browser can stop offering it (WebAuthn Level 3, section
 * 5.1.10.2): whoever knows a credential's id has the passkey, or a copy of our database.
 */
export class UnknownCredentialError extends AuthError {
  constructor() {
    super('PASSKEY_VERIFICATION_FAILED', { cause: new Error('The credential is unknown') });
  }
}

export function isUnknownCredential(error: AuthError): boolean {
  return error instanceof UnknownCredentialError;
}
