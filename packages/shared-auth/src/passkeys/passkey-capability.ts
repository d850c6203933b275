import { type Call, requireField } from '../transport/call.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { PasskeyPlatform } from './browser/passkey-platform.ts';

/** Whether passkeys work in this browser, on this page, with this server. */
export interface PasskeyCapability {
  /** The server supports them, the browser has WebAuthn here, and the page is within the relying party. */
  readonly available: boolean;
  /** They can also be offered in the autofill of a field. */
  readonly conditionalUI: boolean;
  /** The relying party: the domain that passkeys belong to. */
  readonly rpId: string;
}

/** Finds the capability out, and remembers it. */
export interface CapabilityProbe {
  get(): Promise<AuthResult<PasskeyCapability>>;
  /** Undefined until `get` has succeeded. */
  known(): PasskeyCapability | undefined;
}

/** A browser that takes longer than this to say whether it has autofill is asked again next time. */
const BROWSER_TIMEOUT_MS = 1_000;

/**
 * Asks browser and server once, and once for all concurrent callers. The result holds for the life of
 * the client, whoever signs in, because it is about configuration. A failure isn't remembered.
 */
export function createCapabilityProbe(
  call: Call,
  platform: PasskeyPlatform | undefined,
): CapabilityProbe {
  let known: PasskeyCapability | undefined;
  let running: Promise<AuthResult<PasskeyCapability>> | undefined;

  async function probe(): Promise<AuthResult<PasskeyCapability>> {
    const [result, hasAutofill] = await Promise.all([
      call('passkeys.capability', undefined),
      platform ? findAutofill(platform) : false,
    ]);
    const server = requireField(result, 'rpId');
    if (!server.success) return server;
    const { enabled, conditionalUIAvailable, rpId } = server.data;
    const available =
      enabled === true && platform !== undefined && isWithin(platform.hostname, rpId);
    const conditionalUI = available && conditionalUIAvailable && hasAutofill === true;
    const capability = { available, conditionalUI, rpId };
    if (hasAutofill !== undefined) known = capability;
    return succeed(capability);
  }

  return {
    known: () => known,
    get() {
      if (known) return Promise.resolve(succeed(known));
      running ??= probe().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/** Whether the browser has conditional mediation for `get`; undefined where it can't tell right now. */
async function findAutofill({
  publicKeyCredential,
}: PasskeyPlatform): Promise<boolean | undefined> {
  try {
    const available = publicKeyCredential.isConditionalMediationAvailable?.() ?? false;
    return await Promise.race([available, sleep(BROWSER_TIMEOUT_MS)]);
  } catch {
    return undefined;
  }
}

/** Whether the relying party is the host's own domain or one above it (WebAuthn Level 3, section 5.1.3). */
function isWithin(hostname: string, rpId: string): boolean {
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
