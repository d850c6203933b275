import type { AuthClient } from './auth-client.ts';
import { createCurrentSession } from './current-session.ts';
import { followTabs } from './follow-tabs.ts';
import { type Ask, createOwnAccount } from './own-account.ts';
import { createPasskeys } from './passkeys/passkeys.ts';
import type { InputOf, OutputOf, Procedure } from './procedures.ts';
import { createRenewal } from './renewal.ts';
import type { AuthResult } from './result.ts';
import { createSignInAndOut } from './sign-in-and-out.ts';
import { createTabs, type TabPlatform } from './tabs.ts';
import { createTransport } from './transport.ts';

/** What a client is built from; `createAuthClient` finds it in the browser or in Node. */
export interface AuthClientParts {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly tabPlatform: TabPlatform;
  readonly now: () => number;
  readonly requestTimeoutMs: number;
}

export function assembleAuthClient(parts: AuthClientParts): AuthClient {
  const { now, requestTimeoutMs } = parts;
  const session = createCurrentSession();
  const tabs = createTabs(`mana-auth ${parts.url}`, parts.tabPlatform);
  const call = createTransport({ ...parts, getSessionToken: session.sessionToken });
  const dependencies = { session, call, tabs, now };
  followTabs(session, tabs);

  /** The one place that believes the router's types: an object from the server is what they say. */
  const ask: Ask = async <P extends Procedure>(procedure: P, input: InputOf<P>) => {
    const { result } = await call(procedure, input);
    return result as AuthResult<OutputOf<P>>;
  };

  const { twoFactor: secondStep, ...signInAndOut } = createSignInAndOut(dependencies);
  const { twoFactor: ownTwoFactor, ...ownAccount } = createOwnAccount(dependencies, ask);
  return {
    session: session.store,
    ...createRenewal({ ...dependencies, patienceMs: requestTimeoutMs }),
    ...signInAndOut,
    ...ownAccount,
    ...createPasskeys(),
    twoFactor: { ...secondStep, ...ownTwoFactor },
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
