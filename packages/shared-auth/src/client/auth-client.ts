import type { Account } from '../account/account.ts';
import type { Notes } from '../account/notes.ts';
import type { SignUp } from '../account/sign-up.ts';
import type { PasskeyCapability } from '../passkeys/passkey-capability.ts';
import type { PasskeysClient } from '../passkeys/passkeys-client.ts';
import type { SessionStore } from '../session/current-session.ts';
import type { Renewal } from '../session/renewal.ts';
import type { SignInMethods } from '../session/sign-in.ts';
import type { Health, Method } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import type { VaultClient } from '../vault/vault-client.ts';

/**
 * All that a page can ask of mana-auth, put together from the folders that do it. Every method resolves
 * to an `AuthResult`, and none rejects.
 */
export interface AuthClient extends SignUp, SignInMethods, Renewal, Account {
  readonly session: SessionStore;
  readonly twoFactor: SignInMethods['twoFactor'] & Account['twoFactor'];
  /**
   * Whether passkeys work here. Browser and server are asked once for the life of the client, and once
   * for all concurrent callers. A failure says nothing about passkeys: the next call asks again.
   */
  getPasskeyCapability(): Promise<AuthResult<PasskeyCapability>>;
  /**
   * `available` from the result of `getPasskeyCapability`, undefined until there is one. Show the button
   * on `=== true` only.
   */
  readonly passkeyAvailable: boolean | undefined;
  readonly passkeys: PasskeysClient;
  /** What users encrypt on their devices, under a key of their own. */
  readonly vault: VaultClient;
  readonly notes: Notes;
  /** For services: whose token this is. */
  readonly validate: Method<'auth.validate'>;
  health(): Promise<AuthResult<Health>>;
}
