import { createOwnAccount } from '../account/account.ts';
import { createOwnNotes } from '../account/notes.ts';
import type { PasskeyPlatform } from '../passkeys/browser/passkey-platform.ts';
import { createCapabilityProbe } from '../passkeys/passkey-capability.ts';
import { createPasskeys } from '../passkeys/passkeys.ts';
import { createCurrentSession } from '../session/current-session.ts';
import { createRenewal } from '../session/renewal.ts';
import { createSignIn, type SignIn } from '../session/sign-in.ts';
import { createSignInAndOut } from '../session/sign-in-and-out.ts';
import { followTabs } from '../session/sync-tabs.ts';
import { createTabs, type TabPlatform } from '../session/tabs.ts';
import { createAsk } from '../transport/call.ts';
import { createTransport } from '../transport/transport.ts';
import type { VaultPlatform } from '../vault/keys/vault-platform.ts';
import { createVault } from '../vault/vault.ts';
import type { AuthClient } from './auth-client.ts';

/** What a client is built from; `createAuthClient` finds it in the browser or in Node. */
export interface AuthClientParts {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly tabPlatform: TabPlatform;
  readonly passkeyPlatform: PasskeyPlatform | undefined;
  readonly vaultPlatform: VaultPlatform;
  readonly now: () => number;
  readonly requestTimeoutMs: number;
}

export function assembleAuthClient(parts: AuthClientParts): AuthClient {
  const { now, requestTimeoutMs, passkeyPlatform: platform } = parts;
  const session = createCurrentSession();
  const name = `mana-auth ${parts.url}`;
  const tabs = createTabs(name, parts.tabPlatform);
  const call = createTransport({ ...parts, getSessionToken: session.sessionToken });
  const ask = createAsk(call);
  const dependencies = { session, call, tabs, now };
  followTabs(session, tabs);

  const signIn = createSignIn(dependencies);
  const capability = createCapabilityProbe(ask, platform);
  const passkeys = createPasskeys({ ...dependencies, ask, signIn, capability, platform });

  const signInWithPassword: SignIn = async (procedure, input) => {
    const result = await signIn(procedure, input);
    if (result.success) passkeys.followPassword();
    return result;
  };

  const renewal = createRenewal({ ...dependencies, patienceMs: requestTimeoutMs });
  const { restore } = renewal;
  const { twoFactor: secondStep, ...signInAndOut } = createSignInAndOut(
    dependencies,
    signInWithPassword,
  );
  const { twoFactor: ownTwoFactor, ...ownAccount } = createOwnAccount(dependencies, ask);
  return {
    session: session.store,
    ...renewal,
    ...signInAndOut,
    ...ownAccount,
    async updateProfile(input) {
      const result = await ownAccount.updateProfile(input);
      if (result.success) passkeys.followUser();
      return result;
    },
    twoFactor: { ...secondStep, ...ownTwoFactor },
    getPasskeyCapability: capability.get,
    get passkeyAvailable() {
      return capability.known()?.available;
    },
    passkeys: passkeys.calls,
    vault: createVault({
      ...{ session, tabs, ask, restore, name },
      platform: parts.vaultPlatform,
      evaluatePrf: passkeys.evaluatePrf,
    }),
    notes: createOwnNotes(dependencies, ask),
    signupStatus: () => ask('auth.signupStatus', undefined),
    register: (input) => ask('auth.register', input),
    verifyEmail: (input) => ask('auth.verifyEmail', input),
    resendVerification: (input) => ask('auth.resendVerification', input),
    forgotPassword: (input) => ask('auth.forgotPassword', input),
    resetPassword: (input) => ask('auth.resetPassword', input),
    validate: (input) => ask('auth.validate', input),
    health: () => ask('health', undefined),
  };
}
