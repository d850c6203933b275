import type { PasskeyCapability } from '../passkeys/passkey-capability.ts';
import type { SessionStore } from '../session/session-store.ts';
import type {
  AccessToken,
  Health,
  InputOf,
  OutputOf,
  Passkey,
  Procedure,
  SignedIn,
  User,
} from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import type { VaultClient } from '../vault/vault-client.ts';

/** A method that hands its input to a procedure and answers what the procedure does. */
type Method<P extends Procedure> = (input: InputOf<P>) => Promise<AuthResult<OutputOf<P>>>;
/** As `Call`, where there is nothing to say. */
type MethodWithoutInput<P extends Procedure> = () => Promise<AuthResult<OutputOf<P>>>;

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

  readonly signupStatus: MethodWithoutInput<'auth.signupStatus'>;
  readonly register: Method<'auth.register'>;
  readonly verifyEmail: Method<'auth.verifyEmail'>;
  readonly resendVerification: Method<'auth.resendVerification'>;
  /**
   * TWO_FACTOR_REQUIRED carries what else the account wants, as `twoFactor`; one of
   * `twoFactor.verify…` then signs in.
   */
  readonly login: Method<'auth.login'>;
  /** Signs out in all tabs. A session that is gone already is a success; a failure changes nothing. */
  readonly logout: MethodWithoutInput<'auth.logout'>;
  readonly forgotPassword: Method<'auth.forgotPassword'>;
  /** Ends every session of the link's owner, also one in this browser: the next call finds that out. */
  readonly resetPassword: Method<'auth.resetPassword'>;

  readonly profile: MethodWithoutInput<'auth.profile'>;
  readonly updateProfile: Method<'auth.updateProfile'>;
  /**
   * Proves again who is signed in. Calls that change what protects the account answer
   * REAUTHENTICATION_REQUIRED where that is more than ten minutes ago.
   */
  readonly reauthenticate: Method<'auth.reauthenticate'>;
  /** Sends a link to the new address; the old one holds until somebody opens it. */
  readonly changeEmail: Method<'auth.changeEmail'>;
  readonly changePassword: Method<'auth.changePassword'>;
  /** Deletes the account for good, and signs out in all tabs. */
  readonly deleteAccount: MethodWithoutInput<'auth.deleteAccount'>;
  readonly sessions: {
    readonly list: MethodWithoutInput<'auth.sessions.list'>;
    readonly revoke: Method<'auth.sessions.revoke'>;
    readonly revokeOthers: MethodWithoutInput<'auth.sessions.revokeOthers'>;
  };
  /** What happened to the account, a page at a time. */
  securityEvents(
    page?: InputOf<'auth.securityEvents'>,
  ): Promise<AuthResult<OutputOf<'auth.securityEvents'>>>;
  readonly twoFactor: {
    /** Secret answer. It counts from `confirm` on. */
    readonly enable: MethodWithoutInput<'auth.twoFactor.enable'>;
    /** Secret answer. Turns the second step on, and shows the backup codes this once. */
    readonly confirm: Method<'auth.twoFactor.confirm'>;
    /**
     * The second step of a sign-in. TWO_FACTOR_FAILED leaves room for another code; after
     * TOKEN_EXPIRED or TOKEN_INVALID it starts again with the password.
     */
    readonly verifyTotp: Method<'auth.twoFactor.verifyTotp'>;
    readonly verifyBackupCode: Method<'auth.twoFactor.verifyBackupCode'>;
    /** Secret answer. The older codes stop working. */
    readonly regenerateBackupCodes: MethodWithoutInput<'auth.twoFactor.regenerateBackupCodes'>;
    readonly disable: MethodWithoutInput<'auth.twoFactor.disable'>;
  };

  /**
   * Whether passkeys work here. Browser and server are asked once for the life of the client, and once
   * for all who ask meanwhile. A failure says nothing about passkeys: the next call asks again.
   */
  getPasskeyCapability(): Promise<AuthResult<PasskeyCapability>>;
  /**
   * `available` of the answer of `getPasskeyCapability`, undefined until there is one. Show the button
   * on `=== true` only.
   */
  readonly passkeyAvailable: boolean | undefined;
  /**
   * The browser asks its user for one thing at a time: whatever begins here ends what waits, and an
   * autofill doesn't begin while the browser asks. Closing the prompt is PASSKEY_CANCELLED, a browser
   * or a page without passkeys PASSKEY_NOT_ENABLED.
   */
  readonly passkeys: {
    /**
     * Makes a passkey for the user who is signed in, named after its authenticator unless `name` says
     * otherwise. REAUTHENTICATION_REQUIRED comes before the browser asks, and VALIDATION where this
     * authenticator has a passkey of the account already.
     */
    register(input?: { readonly name?: string }): Promise<AuthResult<{ passkey: Passkey }>>;
    /** For a button: the browser shows what passkeys it has. Signs in as `login` does. */
    signIn(): Promise<AuthResult<SignedIn>>;
    /**
     * Offers passkeys in the autofill of a field with `autocomplete="username webauthn"`, and waits as
     * long as the page stays. Signs in as `login` does.
     *
     * PASSKEY_CANCELLED once somebody signs in, another passkey call begins, `signal` aborts or the page
     * goes away (a page that comes back from the back-forward cache calls again). After any other
     * failure it may be called again too. A passkey that was chosen by then is not taken back:
     * `onChosen` tells when, since nobody waits for a failure of what they didn't choose.
     */
    signInWithAutofill(options?: {
      readonly signal?: AbortSignal;
      readonly onChosen?: () => void;
    }): Promise<AuthResult<SignedIn>>;
    /**
     * Proves again who is signed in, as `reauthenticate` does with the password, with a passkey of their
     * own: the session stays theirs. PASSKEY_CANCELLED also once `signal` aborts, or somebody signs in or
     * out; NOT_FOUND where the account has no passkey, and then the browser asks nothing.
     */
    reauthenticate(options?: { readonly signal?: AbortSignal }): Promise<AuthResult<SignedIn>>;
    readonly list: MethodWithoutInput<'passkeys.list'>;
    /** The browser is told the user's name and address as they are now. */
    readonly rename: Method<'passkeys.rename'>;
    /** The browser is told to offer it no more. REAUTHENTICATION_REQUIRED where it applies. */
    readonly remove: Method<'passkeys.remove'>;
  };

  /** What the user encrypts on their devices, under a key of their own. */
  readonly vault: VaultClient;
  /**
   * Notes whose title and body `vault.encryptFields` encrypted, with the note's id as the record's. They
   * come back as they were sent. What changes one may be sent again, as it is, after a lost answer.
   */
  readonly notes: {
    /** Newest change first, a page at a time. */
    list(page?: InputOf<'notes.list'>): Promise<AuthResult<OutputOf<'notes.list'>>>;
    /**
     * The id is a UUID that the page makes. VAULT_CONFLICT where it is taken by another text, or the key of
     * the vault was replaced.
     */
    readonly create: Method<'notes.create'>;
    /** As `create`, and VAULT_CONFLICT also where the note isn't of this revision any more. */
    readonly update: Method<'notes.update'>;
    /** One that is gone already is a success. */
    readonly remove: Method<'notes.remove'>;
  };

  readonly validate: Method<'auth.validate'>;
  health(): Promise<AuthResult<Health>>;
}
