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

/** An authenticator of one page: a fingerprint reader, say, that the test holds the finger on. */
export interface VirtualAuthenticator {
  /** Whether it recognises the finger. */
  setUserVerified(isVerified: boolean): Promise<void>;
  /** Whether anybody answers its prompts at all. */
  setPresent(isPresent: boolean): Promise<void>;
  readCredentials(): Promise<VirtualCredential[]>;
  addCredential(credential: VirtualCredential): Promise<void>;
  removeCredential(credentialId: string): Promise<void>;
  /** Takes it out of the device, with what it keeps. */
  remove(): Promise<void>;
}

const sessions = new WeakMap<Page, CDPSession>();

/** Puts an authenticator into the browser that `page` is of; it serves that page alone. */
export async function addAuthenticator(
  page: Page,
  transport: 'internal' | 'usb' = 'internal',
): Promise<VirtualAuthenticator> {
  const devTools = await openDevTools(page);
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
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
