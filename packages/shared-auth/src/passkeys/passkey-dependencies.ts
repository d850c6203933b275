import type { Ask } from '../ask.ts';
import type { CurrentSession } from '../current-session.ts';
import type { SignIn } from '../sign-in.ts';
import type { Tabs } from '../tabs.ts';
import type { Transport } from '../transport.ts';
import type { CapabilityProbe } from './passkey-capability.ts';
import type { PasskeyPlatform } from './passkey-platform.ts';

/** What the calls about passkeys are built from. */
export interface PasskeyDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
  readonly now: () => number;
  readonly call: Transport;
  readonly ask: Ask;
  readonly signIn: SignIn;
  readonly capability: CapabilityProbe;
  /** Undefined where there is no WebAuthn. */
  readonly platform: PasskeyPlatform | undefined;
}
