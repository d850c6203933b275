import type { CurrentSession } from '../session/current-session.ts';
import type { SignIn } from '../session/sign-in.ts';
import type { Tabs } from '../session/tabs.ts';
import type { Call } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';
import type { PasskeyPlatform } from './browser/passkey-platform.ts';
import type { CapabilityProbe } from './passkey-capability.ts';

/** What the passkey calls share. */
export interface PasskeyContext {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
  readonly now: () => number;
  readonly transport: Transport;
  readonly call: Call;
  readonly signIn: SignIn;
  readonly capability: CapabilityProbe;
  /** Undefined where there is no WebAuthn. */
  readonly platform: PasskeyPlatform | undefined;
}
