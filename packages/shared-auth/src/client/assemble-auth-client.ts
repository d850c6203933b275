import { createAccount } from '../account/account.ts';
import { createNotes } from '../account/notes.ts';
import type { PasskeyPlatform } from '../passkeys/browser/passkey-platform.ts';
import { createCapabilityProbe } from '../passkeys/passkey-capability.ts';
import { createPasskeys } from '../passkeys/passkeys.ts';
import { createCurrentSession } from '../session/current-session.ts';
import { createRenewal } from '../session/renewal.ts';
import { createSignIn, type SignIn } from '../session/sign-in.ts';
import { createSignInAndOut } from '../session/sign-in-and-out.ts';
import { syncTabs } from '../session/sync-tabs.ts';
import { createTabs, type TabPlatform } from '../session/tabs.ts';
import { createCall } from '../transport/call.ts';
import { createTransport } from '../transport/transport.ts';
import type { VaultPlatform } from '../vault/keys/vault-platform.ts';
import { createVault } from '../vault/vault.ts';
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

export function assembleAuthClient(parts: AuthClientDependencies): AuthClient {
  const { now, requestTimeoutMs, passkeyPlatform: platform } = parts;
  const session = createCurrentSession();
  const name = `mana-auth ${parts.url}`;
  const tabs = createTabs(name, parts.tabPlatform);
  const transport = createTransport({ ...parts, getSessionToken: session.sessionToken });
  const call = createCall(transport);
  const dependencies = { session, transport, tabs, now };
  syncTabs(session, tabs);

  const signIn = createSignIn(dependencies);
  const capability = createCapabilityProbe(call, platform);
  const passkeys = createPasskeys({ ...dependencies, call, signIn, capability, platform });

  const signInWithPassword: SignIn = async (procedure, input) => {
    const result = await signIn(procedure, input);
    if (result.success) passkeys.afterPasswordSignIn();
    return result;
  };

  const renewal = createRenewal({ ...dependencies, waitLimitMs: requestTimeoutMs });
  const { restore } = renewal;
  const { twoFactor: secondStep, ...signInAndOut } = createSignInAndOut(
    dependencies,
    signInWithPassword,
  );
  const { twoFactor: accountTwoFactor, ...account } = createAccount(dependencies, call);
  return {
    session: session.store,
    ...renewal,
    ...signInAndOut,
    ...account,
    async updateProfile(input) {
      const result = await account.updateProfile(input);
      if (result.success) passkeys.syncUser();
      return result;
    },
    twoFactor: { ...secondStep, ...accountTwoFactor },
    getPasskeyCapability: capability.get,
    get passkeyAvailable() {
      return capability.known()?.available;
    },
    passkeys: passkeys.calls,
    vault: createVault({
      ...{ session, tabs, call, restore, name },
      platform: parts.vaultPlatform,
      evaluatePrf: passkeys.evaluatePrf,
    }),
    notes: createNotes(dependencies, call),
    signupStatus: () => call('auth.signupStatus', undefined),
    register: (input) => call('auth.register', input),
    verifyEmail: (input) => call('auth.verifyEmail', input),
    resendVerification: (input) => call('auth.resendVerification', input),
    forgotPassword: (input) => call('auth.forgotPassword', input),
    resetPassword: (input) => call('auth.resetPassword', input),
    validate: (input) => call('auth.validate', input),
    health: () => call('health', undefined),
  };
}
