import type { AccessToken, AuthInput, AuthOutput, Health, SignedIn, User } from './procedures.ts';
import type { AuthResult } from './result.ts';
import type { SessionStore } from './session-store.ts';

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
  register(input: AuthInput<'register'>): Promise<AuthResult<AuthOutput<'register'>>>;
  verifyEmail(input: AuthInput<'verifyEmail'>): Promise<AuthResult<AuthOutput<'verifyEmail'>>>;
  resendVerification(
    input: AuthInput<'resendVerification'>,
  ): Promise<AuthResult<AuthOutput<'resendVerification'>>>;
  login(input: AuthInput<'login'>): Promise<AuthResult<SignedIn>>;
  /** Signs out in all tabs. A session that is gone already is a success; a failure changes nothing. */
  logout(): Promise<AuthResult<AuthOutput<'logout'>>>;
  profile(): Promise<AuthResult<AuthOutput<'profile'>>>;
  updateProfile(
    input: AuthInput<'updateProfile'>,
  ): Promise<AuthResult<AuthOutput<'updateProfile'>>>;
  validate(input: AuthInput<'validate'>): Promise<AuthResult<AuthOutput<'validate'>>>;
  health(): Promise<AuthResult<Health>>;
}
