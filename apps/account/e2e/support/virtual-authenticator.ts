import type { CDPSession, Page } from 'playwright-core';

/** A passkey as the DevTools protocol hands it out, with its private key. */
export interface VirtualCredential {
  readonly credentialId: string;
  readonly isResidentCredential: boolean;
  readonly rpId?: string;
  readonly privateKey: string;
  readonly userHandle?: string;
  readonly signCount: number;
}

/** An authenticator for one page, such as a fingerprint reader with the test's finger on it. */
export interface VirtualAuthenticator {
  /** Whether it recognises the finger. */
  setUserVerified(isVerified: boolean): Promise<void>;
  /** Whether anybody answers its prompts at all. */
  setPresent(isPresent: boolean): Promise<void>;
  readCredentials(): Promise<VirtualCredential[]>;
  addCredential(credential: VirtualCredential): Promise<void>;
  removeCredential(credentialId: string): Promise<void>;
  /** Removes it from the device, with what it stores. */
  remove(): Promise<void>;
}

const sessions = new WeakMap<Page, CDPSession>();

/** Adds an authenticator to the browser of `page`; it serves that page alone. */
export async function addAuthenticator(
  page: Page,
  {
    transport = 'internal',
    hasPrf = false,
  }: { transport?: 'internal' | 'usb'; hasPrf?: boolean } = {},
): Promise<VirtualAuthenticator> {
  const devTools = await openDevTools(page);
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf,
      automaticPresenceSimulation: true,
    },
  });
  return {
    setUserVerified: async (isUserVerified) => {
      await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    setPresent: async (enabled) => {
      const input = { authenticatorId, enabled };
      await devTools.send('WebAuthn.setAutomaticPresenceSimulation', input);
    },
    readCredentials: async () =>
      (await devTools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    addCredential: async (credential) => {
      await devTools.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
    removeCredential: async (credentialId) => {
      await devTools.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    },
    remove: async () => {
      await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}

async function openDevTools(page: Page): Promise<CDPSession> {
  const open = sessions.get(page);
  if (open) return open;
  const devTools = await page.context().newCDPSession(page);
  sessions.set(page, devTools);
  await devTools.send('WebAuthn.enable');
  return devTools;
}

/** What a page asked the browser for, and told it. */
export interface PasskeyTraffic {
  /** Each request for a passkey, and whether it was called off. */
  readonly asked: readonly { readonly mediation: string; readonly isCalledOff: boolean }[];
  /** What the browser was told about passkeys that are gone (Signal API). */
  readonly unknown: readonly { readonly credentialId: string }[];
  readonly accepted: readonly { readonly allAcceptedCredentialIds: readonly string[] }[];
}

/** Keeps a record of it in all pages of the context from now on. */
export async function recordTraffic(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    const asked: CredentialRequestOptions[] = [];
    const unknown: unknown[] = [];
    const accepted: unknown[] = [];
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
      asked.push(options ?? {});
      return get(options);
    };
    const { signalUnknownCredential, signalAllAcceptedCredentials } = PublicKeyCredential;
    PublicKeyCredential.signalUnknownCredential = (signal) => {
      unknown.push(signal);
      return signalUnknownCredential.call(PublicKeyCredential, signal);
    };
    PublicKeyCredential.signalAllAcceptedCredentials = (signal) => {
      accepted.push(signal);
      return signalAllAcceptedCredentials.call(PublicKeyCredential, signal);
    };
    Object.assign(window, {
      readTraffic: () => ({
        asked: asked.map(({ mediation, signal }) => ({
          mediation: mediation ?? 'optional',
          isCalledOff: signal?.aborted === true,
        })),
        unknown,
        accepted,
      }),
    });
  });
}

/** What was recorded since `recordTraffic`, on the page that is loaded. */
export function readTraffic(page: Page): Promise<PasskeyTraffic> {
  return page.evaluate(() => Reflect.get(window, 'readTraffic')());
}

/**
 * Waits until the page offers passkeys in the autofill. A finger that is on the reader before that signs in
 * with one of them at once; a later one has to be asked for.
 */
export async function waitForOffer(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const { asked }: PasskeyTraffic = Reflect.get(window, 'readTraffic')();
    return asked.at(-1)?.mediation === 'conditional' && asked.at(-1)?.isCalledOff === false;
  });
}
