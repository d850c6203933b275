import { createPasskey, type SoftwarePasskey } from '@mana/server/testing/software-authenticator';
import { createPasskeyBrowser, type PasskeyBrowser } from './passkey-browser.fixture.ts';
import type { PasskeyPlatform } from './passkey-platform.ts';

export interface Device extends PasskeyBrowser {
  /** By credential id, with the user that each is for. */
  readonly passkeys: Map<string, { readonly passkey: SoftwarePasskey; readonly userId: string }>;
}

/** A browser on `origin` with an authenticator in it, whose user agrees to everything. */
export function createDevice(origin: string): Device {
  const { hostname } = new URL(origin);
  const browser = createPasskeyBrowser({ getClientCapabilities: undefined }, hostname);
  const passkeys: Device['passkeys'] = new Map();

  const credentials: PasskeyPlatform['credentials'] = {
    async create({ publicKey, mediation }) {
      const excluded = (publicKey.excludeCredentials ?? []).map(({ id }) => encode(id));
      if (excluded.some((id) => passkeys.has(id))) throw new DOMException('', 'InvalidStateError');
      const passkey = createPasskey();
      passkeys.set(passkey.id, { passkey, userId: encode(publicKey.user.id) });
      const isAsked = mediation !== 'conditional';
      const user = { userPresent: isAsked, userVerified: isAsked };
      const ceremony = { origin, rpId: String(publicKey.rp.id), ...user };
      return toCredential(passkey.attest(encode(publicKey.challenge), ceremony));
    },
    async get({ publicKey }) {
      const found = [...passkeys.values()].at(-1);
      if (!found) throw new DOMException('', 'NotAllowedError');
      const ceremony = { origin, rpId: String(publicKey.rpId) };
      return toCredential(found.passkey.assert(encode(publicKey.challenge), ceremony));
    },
  };
  return { ...browser, platform: { ...browser.platform, credentials }, passkeys };
}

interface CredentialJson {
  readonly id: string;
  readonly response: Readonly<Record<string, string | string[]>>;
}

/** As a browser has it: bytes in place of base64url, and methods. */
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
