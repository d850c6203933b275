import type { AuthClient } from '../client/auth-client.ts';
import { toFailure } from '../transport/auth-failure.ts';
import type { AuthResult } from '../transport/result.ts';
import type { EvaluatePrf } from './browser/prf-evaluation.ts';
import type { PasskeyCalls } from './passkey-calls.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';

export interface Passkeys {
  readonly calls: AuthClient['passkeys'];
  readonly evaluatePrf: EvaluatePrf;
  /** After a sign-in with a password: ends what waits for a passkey, and offers the browser to keep one. */
  afterPasswordSignIn(): void;
  /** The user's name or address has changed. */
  syncUser(): void;
}

export type LoadPasskeyCalls = () => Promise<typeof import('./passkey-calls.ts')>;

/** The calls about passkeys, which load their code with the first of them. */
export function createPasskeys(
  dependencies: PasskeyDependencies,
  load: LoadPasskeyCalls = () => import('./passkey-calls.ts'),
): Passkeys {
  const { session, capability, platform } = dependencies;
  let loading: Promise<PasskeyCalls> | undefined;

  async function loadOnce(): Promise<PasskeyCalls> {
    const { createPasskeyCalls } = await load();
    return createPasskeyCalls(dependencies);
  }

  /** Code that didn't come is asked for again by the next call. */
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

  async function upgrade(): Promise<void> {
    const scope = session.scope();
    const capabilities = await platform?.publicKeyCredential.getClientCapabilities?.();
    if (!capabilities?.['conditionalCreate']) return;
    const { upgrade: make } = await getCalls();
    await make(scope);
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
      upgrade().catch(ignore);
    },
    syncUser: () => void tellUser().catch(ignore),
  };
}

/** Nobody asked for it, so nobody is told. */
function ignore(): void {}
