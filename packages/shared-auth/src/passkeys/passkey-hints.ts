import type { OutputOf } from '../transport/procedures.ts';
import type { PasskeyContext } from './context.ts';

/**
 * Tells a browser that supports it what has become of passkeys (the Signal API: WebAuthn Level 3,
 * section 5.1.10). These are only hints: nobody waits for them, and failures are ignored.
 */
export interface PasskeyHints {
  /** Which passkeys the user has now; the browser stops offering others. */
  tellAccepted(): void;
  /** The user's current address and name. */
  tellUser(): void;
  /** A passkey that the server doesn't know. */
  tellUnknown(credentialId: string): void;
}

/** The hints, each of which does nothing where the browser doesn't support it. */
export function createPasskeyHints(context: PasskeyContext): PasskeyHints {
  const { session, call, capability, platform } = context;
  const browser = platform?.publicKeyCredential ?? {};
  let lists = 0;

  /** Undefined where a later change makes its own call, whichever response comes first. */
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
