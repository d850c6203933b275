import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

/** What TWO_FACTOR_REQUIRED says beside its envelope, as `error.data.twoFactor`. */
export interface TwoFactorRequest {
  readonly methods: readonly ('totp' | 'backupCode')[];
  /** Secret. Only for clients without cookies, which send it along with the code. */
  readonly challenge?: string;
}

/** The first factor was right, and the account requires a second one. */
export class TwoFactorRequiredError extends AuthError {
  readonly twoFactor: TwoFactorRequest;

  constructor(twoFactor: TwoFactorRequest) {
    super('TWO_FACTOR_REQUIRED');
    this.twoFactor = twoFactor;
  }
}

/**
 * A passkey was used whose credential nobody has. `error.data.unknownCredential` says so, so that the
 * browser can stop offering it (WebAuthn Level 3, section 5.1.10.2): whoever knows a credential's id has
 * the passkey, or a copy of our database.
 */
export class UnknownCredentialError extends AuthError {
  constructor() {
    super('PASSKEY_VERIFICATION_FAILED', { cause: new Error('The credential is unknown') });
  }
}

/** What an error says beside its envelope, as further fields of `error.data`. */
export function toErrorData(error: AuthError): {
  field?: string;
  twoFactor?: TwoFactorRequest;
  unknownCredential?: true;
} {
  return {
    ...(error.path && { field: error.path }),
    ...(error instanceof TwoFactorRequiredError && { twoFactor: error.twoFactor }),
    ...(error instanceof UnknownCredentialError && { unknownCredential: true }),
  };
}
