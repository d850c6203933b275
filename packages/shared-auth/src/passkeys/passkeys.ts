import { toFailure } from '../transport/auth-failure.ts';
import type { AuthResult } from '../transport/result.ts';
import type { PasskeyContext } from './context.ts';
import type { PasskeyCalls } from './passkey-calls.ts';
import type { PasskeysClient } from './passkeys-client.ts';
import type { EvaluatePrf } from './prf-evaluation.ts';

/** The passkey calls, and what the rest of the client needs of them. */
export interface Passkeys {
  readonly calls: PasskeysClient;
  readonly evaluatePrf: EvaluatePrf;
  /** After a sign-in with a password: ends a pending ceremony, and lets the browser create a passkey. */
  afterPasswordSignIn(): void;
  /** The user's name or address has changed. */
  syncUser(): void;
}

/** Imports the code of the calls; it may fail, as any download may. */
export type LoadPasskeyCalls = () => Promise<typeof import('./passkey-calls.ts')>;

/** Loads the code of the calls with the first of them. */
export function createPasskeys(
  context: PasskeyContext,
  load: LoadPasskeyCalls = () => import('./passkey-calls.ts'),
): Passkeys {
  const { session, capability, platform } = context;
  let loading: Promise<PasskeyCalls> | undefined;

  async function loadOnce(): Promise<PasskeyCalls> {
    const { createPasskeyCalls } = await load();
    return createPasskeyCalls(context);
  }

  /** Code that failed to load is requested again by the next call. */
  function getCalls(): Promise<PasskeyCalls> {
    loading ??= loadOnce().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function use<T>(
    call: (calls: PasskeyCalls) => Promise<AuthResult<T>>,
  ): Promise<AuthResult<T>> {
    const calls = await getCalls().catch(() => undefined);
    return calls ? call(calls) : toFailure('SERVICE_UNAVAILABLE');
  }

  async function upgradeFromPassword(): Promise<void> {
    const scope = session.scope();
    const capabilities = await platform?.publicKeyCredential.getClientCapabilities?.();
    if (!capabilities?.['conditionalCreate']) return;
    await (await getCalls()).upgrade(scope);
  }

  async function tellUser(): Promise<void> {
    if (!platform?.publicKeyCredential.signalCurrentUserDetails) return;
    if (capability.known()?.available) (await getCalls()).tellUser();
  }

  return {
    calls: {
      register: (input) => use(({ passkeys }) => passkeys.register(input)),
      signIn: () => use(({ passkeys }) => passkeys.signIn()),
      signInWithAutofill: (options) => use(({ passkeys }) => passkeys.signInWithAutofill(options)),
      reauthenticate: (options) => use(({ passkeys }) => passkeys.reauthenticate(options)),
      list: () => use(({ passkeys }) => passkeys.list()),
      rename: (input) => use(({ passkeys }) => passkeys.rename(input)),
      remove: (input) => use(({ passkeys }) => passkeys.remove(input)),
    },
    evaluatePrf: (request) => use(({ evaluatePrf }) => evaluatePrf(request)),
    afterPasswordSignIn() {
      loading?.then(({ stop }) => stop()).catch(ignore);
      upgradeFromPassword().catch(ignore);
    },
    syncUser: () => void tellUser().catch(ignore),
  };
}

/** Nobody asked for these, so nobody needs to know. */
function ignore(): void {}
