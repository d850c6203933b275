import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

/** What an answer with TWO_FACTOR_REQUIRED says beside its envelope, as `error.data.twoFactor`. */
export interface TwoFactorRequest {
  readonly methods: readonly ('totp' | 'backupCode')[];
  /** Secret. Only for clients that keep no cookies: they send it along with the code. */
  readonly challenge?: string;
}

/** The password was right, and the account wants a second factor. */
export class TwoFactorRequiredError extends AuthError {
  readonly twoFactor: TwoFactorRequest;

  constructor(twoFactor: TwoFactorRequest) {
    super('TWO_FACTOR_REQUIRED');
    this.twoFactor = twoFactor;
  }
}

export function twoFactorOf(error: AuthError): TwoFactorRequest | undefined {
  return error instanceof TwoFactorRequiredError ? error.twoFactor : undefined;
}
