import type { Method, MethodWithoutInput, Passkey, SignedIn } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';

/**
 * Passkeys. The browser prompts its user for one thing at a time: each call that begins ends the one
 * that is waiting, except that autofill doesn't begin while a prompt is open. Closing the prompt is
 * PASSKEY_CANCELLED; a browser or page without passkeys is PASSKEY_NOT_ENABLED.
 */
export interface PasskeysClient {
  /**
   * Creates a passkey for the signed-in user, named after its authenticator unless `name` is given.
   * REAUTHENTICATION_REQUIRED comes before the browser prompts. VALIDATION where this authenticator
   * already has a passkey for the account.
   */
  register(input?: { readonly name?: string }): Promise<AuthResult<{ passkey: Passkey }>>;
  /** For a button: the browser shows the passkeys that it has. Signs in as `login` does. */
  signIn(): Promise<AuthResult<SignedIn>>;
  /**
   * Offers passkeys in the autofill of a field with `autocomplete="username webauthn"`, for as long as
   * the page is open. Signs in as `login` does.
   *
   * PASSKEY_CANCELLED once somebody signs in, another passkey call begins, `signal` aborts or the page
   * goes away (a page restored from the back-forward cache has to call it again). It may also be called
   * again after any other failure. A passkey that has been chosen by then still signs in: `onChosen`
   * says when, because the user expects to hear of a failure only after choosing.
   */
  signInWithAutofill(options?: {
    readonly signal?: AbortSignal;
    readonly onChosen?: () => void;
  }): Promise<AuthResult<SignedIn>>;
  /**
   * Proves again who is signed in, as the password does in `reauthenticate`, with one of their passkeys;
   * the session stays the same. PASSKEY_CANCELLED also once `signal` aborts, or somebody signs in or
   * out. NOT_FOUND where the account has no passkey; the browser doesn't prompt then.
   */
  reauthenticate(options?: { readonly signal?: AbortSignal }): Promise<AuthResult<SignedIn>>;
  readonly list: MethodWithoutInput<'passkeys.list'>;
  /** Also tells the browser the user's current name and address. */
  readonly rename: Method<'passkeys.rename'>;
  /** Also tells the browser to stop offering it. REAUTHENTICATION_REQUIRED where it applies. */
  readonly remove: Method<'passkeys.remove'>;
}
