import type { AuthResult, Passkey, PasskeyCapability } from '@mana/shared-auth';
import { auth } from './auth.ts';

/** Whether passkeys can be offered here, for markup and effects. A failed request leaves it unknown. */
class PasskeyCapabilityState {
  #known = $state.raw<PasskeyCapability | null>(null);

  /** Asks the server, once as long as the page is open; again after a failure. */
  async load(): Promise<AuthResult<PasskeyCapability>> {
    const result = await auth.getPasskeyCapability();
    if (result.success) this.#known = result.data;
    return result;
  }

  /** Undefined until it is known: show a button on `=== true` only. */
  get isAvailable(): boolean | undefined {
    return this.#known?.available;
  }

  /** Whether the autofill of a field can offer passkeys. */
  get hasAutofill(): boolean {
    return this.#known?.conditionalUI === true;
  }

  /** Whether they may be unavailable only because this browser doesn't support them. */
  get isMissingInBrowser(): boolean {
    return this.isAvailable === false && !('PublicKeyCredential' in window);
  }
}

/** The one of this tab. */
export const passkeyCapability = new PasskeyCapabilityState();

/** The user's passkeys. Asks for no list if the server doesn't offer passkeys. */
export async function listPasskeys(): Promise<AuthResult<{ passkeys: readonly Passkey[] }>> {
  const known = await passkeyCapability.load();
  if (!known.success) return known;
  const mayHaveSome = known.data.available || passkeyCapability.isMissingInBrowser;
  return mayHaveSome ? auth.passkeys.list() : { success: true, data: { passkeys: [] } };
}
