import { assembleAuthClient } from './client/assemble-auth-client.ts';
import type { AuthClient } from './client/auth-client.ts';
import { findPasskeyPlatform } from './passkeys/browser/passkey-platform.ts';
import { findTabPlatform } from './session/tabs.ts';
import { findVaultPlatform } from './vault/vault-platform.ts';

export type { AuthClient } from './client/auth-client.ts';
export type { PasskeyCapability } from './passkeys/passkey-capability.ts';
export type { SessionListener, SessionState, SessionStore } from './session/current-session.ts';
export type {
  AccessToken,
  EncryptedNote,
  Health,
  MailedLink,
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

/** Where the server is, and how to reach it. */
export interface AuthClientOptions {
  /** The address of mana-auth, without a path: `https://auth.example.org`, or '' for the page's own origin. */
  readonly url: string;
  /** Instead of the global `fetch`: for a test, or to forward a visitor's cookies. */
  readonly fetch?: typeof fetch;
}

/** A call that takes longer fails with SERVICE_UNAVAILABLE. */
const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Creates a client for a page or a process; each needs only one. Sends nothing by itself.
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
