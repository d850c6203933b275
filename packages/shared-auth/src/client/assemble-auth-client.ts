import { createAccount } from '../account/account.ts';
import { createNotes } from '../account/notes.ts';
import { createSignUp } from '../account/sign-up.ts';
import type { PasskeyPlatform } from '../passkeys/browser/passkey-platform.ts';
import { createCapabilityProbe } from '../passkeys/passkey-capability.ts';
import { createPasskeys } from '../passkeys/passkeys.ts';
import { createCurrentSession } from '../session/current-session.ts';
import { createRenewal } from '../session/renewal.ts';
import { createReplacingTransport } from '../session/replaced-session.ts';
import { createSignIn, createSignInMethods, type SignIn } from '../session/sign-in.ts';
import { syncTabs } from '../session/sync-tabs.ts';
import { createTabs, type TabPlatform } from '../session/tabs.ts';
import { createCall } from '../transport/call.ts';
import { createTransport } from '../transport/transport.ts';
import { createVault } from '../vault/vault.ts';
import type { VaultPlatform } from '../vault/vault-platform.ts';
import type { AuthClient } from './auth-client.ts';

/** What a client is built from; `createAuthClient` finds it in the browser or in Node. */
export interface AuthClientDependencies {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly tabPlatform: TabPlatform;
  readonly passkeyPlatform: PasskeyPlatform | undefined;
  readonly vaultPlatform: VaultPlatform;
  readonly now: () => number;
  readonly requestTimeoutMs: number;
}

/** Builds a client; the only place where session, account, passkeys and vault meet. */
export function assembleAuthClient(options: AuthClientDependencies): AuthClient {
  const { now, requestTimeoutMs, passkeyPlatform: platform } = options;
  const session = createCurrentSession();
  const name = `mana-auth ${options.url}`;
  const tabs = createTabs(name, options.tabPlatform);
  const transport = createTransport({ ...options, getSessionToken: session.sessionToken });
  const dependencies = { session, transport, tabs, now };
  syncTabs(session, tabs);
  const renewal = createRenewal({ ...dependencies, waitLimitMs: requestTimeoutMs });
  const call = createCall(createReplacingTransport({ ...dependencies, ...renewal }));

  const signIn = createSignIn(dependencies);
  const capability = createCapabilityProbe(call, platform);
  const passkeys = createPasskeys({ ...dependencies, call, signIn, capability, platform });

  const signInWithPassword: SignIn = async (procedure, input) => {
    const result = await signIn(procedure, input);
    if (result.success) passkeys.afterPasswordSignIn();
    return result;
  };

  const signInMethods = createSignInMethods(dependencies, signInWithPassword);
  const account = createAccount(dependencies, call);
  return {
    session: session.store,
    ...renewal,
    ...createSignUp(call),
    ...signInMethods,
    ...account,
    async updateProfile(input) {
      const result = await account.updateProfile(input);
      if (result.success) passkeys.syncUser();
      return result;
    },
    twoFactor: { ...signInMethods.twoFactor, ...account.twoFactor },
    getPasskeyCapability: capability.get,
    get passkeyAvailable() {
      return capability.known()?.available;
    },
    passkeys: passkeys.calls,
    vault: createVault({
      ...{ ...dependencies, call, name },
      restore: renewal.restore,
      platform: options.vaultPlatform,
      evaluatePrf: passkeys.evaluatePrf,
    }),
    notes: createNotes(dependencies, call),
    validate: (input) => call('auth.validate', input),
    health: () => call('health', undefined),
  };
}
