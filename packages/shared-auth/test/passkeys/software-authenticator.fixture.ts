import { createHash, createHmac } from 'node:crypto';
import { createPasskey, type SoftwarePasskey } from '@mana/server/testing/software-authenticator';
import type { PasskeyPlatform } from '../../src/passkeys/browser/passkey-platform.ts';
import { createPasskeyBrowser, type PasskeyBrowser } from './passkey-browser.fixture.ts';

/** How the authenticator handles the PRF extension: many lack it, and none should return zeros. */
export type PrfKind = 'works' | 'absent' | 'zeros';

interface StoredPasskey {
  readonly passkey: SoftwarePasskey;
  readonly userId: string;
  /** A security key creates the PRF's secret with the passkey, or never. */
  readonly hasPrf: boolean;
}

/** A browser with an authenticator in it, and what the test sees and decides of both. */
export interface Device extends PasskeyBrowser {
  prf: PrfKind;
  /** What the user does while the browser prompts for a passkey. */
  whilePrompted: (signal: AbortSignal) => Promise<unknown>;
  /** What happens when the page reads the response. */
  onResponseRead: () => unknown;
  /** The PRF outputs that the page received. */
  readonly prfOutputs: ArrayBuffer[];
  /** What the page requested, oldest first. */
  readonly requests: PublicKeyCredentialRequestOptions[];
  /** By credential id, with the user each belongs to. */
  readonly passkeys: Map<string, StoredPasskey>;
}

/** The device on a page of `origin`. Its user agrees to everything. */
export function createDevice(origin: string): Device {
  const { hostname } = new URL(origin);
  const browser = createPasskeyBrowser({ getClientCapabilities: undefined }, hostname);
  const passkeys: Device['passkeys'] = new Map();

  const credentials: PasskeyPlatform['credentials'] = {
    async create({ publicKey, mediation }) {
      const excluded = (publicKey.excludeCredentials ?? []).map(({ id }) => encode(id));
      if (excluded.some((id) => passkeys.has(id))) throw new DOMException('', 'InvalidStateError');
      const passkey = createPasskey();
      const hasPrf = publicKey.extensions?.prf !== undefined;
      passkeys.set(passkey.id, { passkey, userId: encode(publicKey.user.id), hasPrf });
      const isPrompted = mediation !== 'conditional';
      const user = { userPresent: isPrompted, userVerified: isPrompted };
      const ceremony = { origin, rpId: String(publicKey.rp.id), ...user };
      return toCredential(passkey.attest(encode(publicKey.challenge), ceremony));
    },
    async get({ publicKey, signal }) {
      device.requests.push(publicKey);
      await device.whilePrompted(signal);
      const allowed = publicKey.allowCredentials?.map(({ id }) => encode(id)) ?? [];
      const found = [...passkeys.values()].findLast(
        ({ passkey }) => allowed.length === 0 || allowed.includes(passkey.id),
      );
      if (!found) throw new DOMException('', 'NotAllowedError');
      const ceremony = { origin, rpId: String(publicKey.rpId) };
      const credential = toCredential(found.passkey.assert(encode(publicKey.challenge), ceremony));
      const output = evaluatePrf(device.prf, found, publicKey.extensions?.prf?.eval?.first);
      if (output) device.prfOutputs.push(output);
      const results = output && { prf: { results: { first: output } } };
      return Object.assign(credential, {
        getClientExtensionResults() {
          device.onResponseRead();
          return results ?? {};
        },
      });
    },
  };
  const device: Device = {
    ...browser,
    platform: { ...browser.platform, credentials },
    passkeys,
    prf: 'works',
    whilePrompted: async () => undefined,
    onResponseRead: () => undefined,
    prfOutputs: [],
    requests: [],
  };
  return device;
}

/** One secret for each passkey and input (WebAuthn Level 3, section 10.1.4). */
function evaluatePrf(
  kind: PrfKind,
  { passkey: { id }, hasPrf }: StoredPasskey,
  input: BufferSource | undefined,
): ArrayBuffer | undefined {
  if (kind === 'absent' || !hasPrf || input === undefined) return undefined;
  if (kind === 'zeros') return new ArrayBuffer(32);
  const salt = createHash('sha256')
    .update(`WebAuthn PRF\0${encode(input)}`)
    .digest();
  return Uint8Array.from(createHmac('sha256', id).update(salt).digest()).buffer;
}

interface CredentialJson {
  readonly id: string;
  readonly response: Readonly<Record<string, string | string[]>>;
}

/** As in a browser: with bytes instead of base64url, and with methods. */
function toCredential({ id, response }: CredentialJson): Credential {
  const { transports = [], ...texts } = response;
  const parts = Object.entries(texts).map(([name, text]) => [name, decode(String(text))]);
  return {
    id,
    rawId: decode(id),
    type: 'public-key',
    response: { ...Object.fromEntries(parts), getTransports: () => transports },
  } as Credential;
}

function decode(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, 'base64url')).buffer;
}

function encode(bytes: BufferSource): string {
  const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64url');
}
