import type { AuthResult, PasskeyCapability } from '@mana/shared-auth';
import { auth } from './auth.ts';

/** Whether passkeys can be offered here, for markup and effects. A failing probe is no answer. */
class PasskeyCapabilityState {
  #known = $state.raw<PasskeyCapability | null>(null);

  /** Asks the server, once for the life of the page; after a failure again. */
  async load(): Promise<AuthResult<PasskeyCapability>> {
    const result = await auth.getPasskeyCapability();
    if (result.success) this.#known = result.data;
    return result;
  }

  /** Undefined until it is known: a button shows on `=== true` only. */
  get isAvailable(): boolean | undefined {
    return this.#known?.available;
  }

  /** Whether the autofill of a field can offer them. */
  get hasAutofill(): boolean {
    return this.#known?.conditionalUI === true;
  }

  /** Whether it may be for want of this browser alone that they aren't available. */
  get isMissingInBrowser(): boolean {
    return this.isAvailable === false && !('PublicKeyCredential' in window);
  }
}

export const passkeyCapability = new PasskeyCapabilityState();
