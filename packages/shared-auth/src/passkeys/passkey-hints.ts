import type { OutputOf } from '../transport/procedures.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';

/**
 * Tells the browser what became of passkeys (the Signal API: WebAuthn Level 3, section 5.1.10), where it
 * wants to know. Only hints: nobody waits for them, and what fails is forgotten.
 */
export interface PasskeyHints {
  /** The passkeys that the user has now; the browser offers no others. */
  tellAccepted(): void;
  /** The user's address and name as they are now. */
  tellUser(): void;
  /** The server doesn't know a passkey. */
  tellUnknown(credentialId: string): void;
}

export function createPasskeyHints(dependencies: PasskeyDependencies): PasskeyHints {
  const { session, call, capability, platform } = dependencies;
  const browser = platform?.publicKeyCredential ?? {};
  let lists = 0;

  /** Undefined where a later change will tell more, whichever answer comes first. */
  async function findOwn(): Promise<OutputOf<'passkeys.list'> | undefined> {
    lists += 1;
    const list = lists;
    const scope = session.scope();
    const result = await call('passkeys.list', undefined);
    return result.success && list === lists && !scope.aborted ? result.data : undefined;
  }

  return {
    tellAccepted: () =>
      inBackground(async () => {
        if (!browser.signalAllAcceptedCredentials) return;
        const own = await findOwn();
        if (!own) return;
        const { rpId, userHandle: userId, passkeys } = own;
        const allAcceptedCredentialIds = passkeys.map(({ credentialId }) => credentialId);
        await browser.signalAllAcceptedCredentials({ rpId, userId, allAcceptedCredentialIds });
      }),
    tellUser: () =>
      inBackground(async () => {
        if (!browser.signalCurrentUserDetails) return;
        const own = await findOwn();
        const state = session.store.get();
        if (!own || state.status !== 'signed-in') return;
        const { rpId, userHandle: userId } = own;
        const { email: name, name: displayName } = state.user;
        await browser.signalCurrentUserDetails({ rpId, userId, name, displayName });
      }),
    tellUnknown: (credentialId) =>
      inBackground(async () => {
        if (!browser.signalUnknownCredential) return;
        const known = await capability.get();
        if (!known.success) return;
        const { rpId } = known.data;
        await browser.signalUnknownCredential({ rpId, credentialId });
      }),
  };
}

function inBackground(tell: () => Promise<void>): void {
  tell().catch(() => undefined);
}
