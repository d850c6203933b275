import { assembleAuthClient } from './client/assemble-auth-client.ts';
import type { AuthClient } from './client/auth-client.ts';
import { findPasskeyPlatform } from './passkeys/browser/find-passkey-platform.ts';
import { findTabPlatform } from './session/find-tab-platform.ts';

import { findVaultPlatform } from './vault/keys/find-vault-platform.ts';

export type { AuthClient } from './client/auth-client.ts';
export type { PasskeyCapability } from './passkeys/passkey-capability.ts';
export type { SessionListener, SessionState, SessionStore } from './session/session-store.ts';
export type {
  AccessToken,
  EncryptedNote,
  Health,
  Passkey,
  SecurityEvent,
  SessionEntry,
  SignedIn,
  User,
  VaultAuditAction,
  VaultAuditEntry,
  VaultStatus,
} from './transport/procedures.ts';
export type { AuthFailure, AuthResult, AuthSuccess, ErrorCode } from './transport/result.ts';
export type { TwoFactorMethod, TwoFactorRequest } from './transport/two-factor-request.ts';
export type { TypedCode, VaultClient } from './vault/vault-client.ts';
export type { VaultState } from './vault/vault-state.ts';

export interface AuthClientOptions {
  /** Where mana-auth is, without a path: `https://auth.example.org`, or '' for the page's own origin. */
  readonly url: string;
  /** In place of the global `fetch`: for a test, or to pass a visitor's cookies on. */
  readonly fetch?: typeof fetch;
}

/** A call that takes longer has failed, as SERVICE_UNAVAILABLE. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Makes a client for a page or a process; one for each is enough. Sends nothing by itself.
 *
 * In a browser the session is an HttpOnly cookie. Elsewhere the client keeps the session token that
 * the server gives it, in memory, and no two clients share anything.
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  return assembleAuthClient({
    url: options.url,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    tabPlatform: findTabPlatform(),
    passkeyPlatform: findPasskeyPlatform(),
    vaultPlatform: findVaultPlatform(),
    now: () => Date.now(),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}
