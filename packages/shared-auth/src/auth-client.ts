import type {
  AccessToken,
  AuthInput,
  AuthOutput,
  AuthProcedure,
  Health,
  User,
} from './procedures.ts';
import type { AuthResult } from './result.ts';
import type { SessionStore } from './session-store.ts';

/** A method that hands its input to a procedure and answers what the procedure does. */
type Call<P extends AuthProcedure> = (input: AuthInput<P>) => Promise<AuthResult<AuthOutput<P>>>;
/** As `Call`, where there is nothing to say. */
type PlainCall<P extends AuthProcedure> = () => Promise<AuthResult<AuthOutput<P>>>;

/** Everything that a page asks of mana-auth. Every method answers an `AuthResult` and none throws. */
export interface AuthClient {
  readonly session: SessionStore;
  /**
   * Finds out who is signed in; for the start of a page. Nobody is a success with null. After an
   * outage the session stays as it was, 'unknown' at first, so call it again.
   */
  restore(): Promise<AuthResult<{ readonly user: User } | null>>;
  /**
   * An access token that is good for half a minute at least: the one in memory, or a new one, asked
   * for once for all callers and all tabs. UNAUTHORIZED when nobody is signed in.
   */
  getAccessToken(): Promise<AuthResult<AccessToken>>;

  readonly signupStatus: PlainCall<'signupStatus'>;
  readonly register: Call<'register'>;
  readonly verifyEmail: Call<'verifyEmail'>;
  readonly resendVerification: Call<'resendVerification'>;
  /**
   * TWO_FACTOR_REQUIRED carries what else the account wants, as `twoFactor`; one of
   * `twoFactor.verify…` then signs in.
   */
  readonly login: Call<'login'>;
  /** Signs out in all tabs. A session that is gone already is a success; a failure changes nothing. */
  readonly logout: PlainCall<'logout'>;
  readonly forgotPassword: Call<'forgotPassword'>;
  /** Ends every session of the link's owner, also one in this browser: the next call finds that out. */
  readonly resetPassword: Call<'resetPassword'>;

  readonly profile: PlainCall<'profile'>;
  readonly updateProfile: Call<'updateProfile'>;
  /**
   * Proves again who is signed in. Calls that change what protects the account answer
   * REAUTHENTICATION_REQUIRED where that is more than ten minutes ago.
   */
  readonly reauthenticate: Call<'reauthenticate'>;
  /** Sends a link to the new address; the old one holds until somebody opens it. */
  readonly changeEmail: Call<'changeEmail'>;
  readonly changePassword: Call<'changePassword'>;
  /** Deletes the account for good, and signs out in all tabs. */
  readonly deleteAccount: PlainCall<'deleteAccount'>;
  readonly sessions: {
    readonly list: PlainCall<'sessions.list'>;
    readonly revoke: Call<'sessions.revoke'>;
    readonly revokeOthers: PlainCall<'sessions.revokeOthers'>;
  };
  /** What happened to the account, a page at a time. */
  securityEvents(
    page?: AuthInput<'securityEvents'>,
  ): Promise<AuthResult<AuthOutput<'securityEvents'>>>;
  readonly twoFactor: {
    /** Secret answer. It counts from `confirm` on. */
    readonly enable: PlainCall<'twoFactor.enable'>;
    /** Secret answer. Turns the second step on, and shows the backup codes this once. */
    readonly confirm: Call<'twoFactor.confirm'>;
    /**
     * The second step of a sign-in. TWO_FACTOR_FAILED leaves room for another code; after
     * TOKEN_EXPIRED or TOKEN_INVALID it starts again with the password.
     */
    readonly verifyTotp: Call<'twoFactor.verifyTotp'>;
    readonly verifyBackupCode: Call<'twoFactor.verifyBackupCode'>;
    /** Secret answer. The older codes stop working. */
    readonly regenerateBackupCodes: PlainCall<'twoFactor.regenerateBackupCodes'>;
    readonly disable: PlainCall<'twoFactor.disable'>;
  };

  readonly validate: Call<'validate'>;
  health(): Promise<AuthResult<Health>>;
}
