import { expect } from 'vitest';
import type { PasskeyPlatform } from '../../src/passkeys/browser/passkey-platform.ts';

type Statics = PasskeyPlatform['publicKeyCredential'];
type CreateRequest = Parameters<PasskeyPlatform['credentials']['create']>[0];
type GetRequest = Parameters<PasskeyPlatform['credentials']['get']>[0];

/** What a page asked of its browser, until the test responds in the user's place. */
export type Prompt = { answer(credential: Credential | null): void; refuse(name: string): void } & (
  | { readonly kind: 'create'; readonly request: CreateRequest }
  | { readonly kind: 'get'; readonly request: GetRequest }
);

/** A browser, and what the test sees of it. */
export interface PasskeyBrowser {
  readonly platform: PasskeyPlatform;
  /** Every ceremony that has begun, oldest first. */
  readonly prompts: Prompt[];
  /** The calls of the Signal API: name and options. */
  readonly signals: [name: string, options: object][];
  isHidden: boolean;
  leave(): void;
  show(): void;
}

/**
 * WebAuthn as a page sees it: one ceremony at a time, ended by its signal, and otherwise as the test
 * decides. It has every feature; `statics` removes or changes one.
 */
export function createPasskeyBrowser(
  statics: { readonly [Name in keyof Statics]?: Statics[Name] | undefined } = {},
  hostname = 'localhost',
): PasskeyBrowser {
  const prompts: Prompt[] = [];
  const signals: PasskeyBrowser['signals'] = [];
  const page = new EventTarget();
  let isPending = false;

  async function prompt(kind: Prompt['kind'], request: CreateRequest | GetRequest) {
    request.signal.throwIfAborted();
    if (isPending) throw createError('OperationError');
    isPending = true;
    const settled = Promise.withResolvers<Credential | null>();
    request.signal.addEventListener('abort', () => settled.reject(request.signal.reason));
    const refuse = (name: string) => settled.reject(createError(name));
    prompts.push({ kind, request, answer: settled.resolve, refuse } as Prompt);
    return settled.promise.finally(() => {
      isPending = false;
    });
  }

  const record = (name: string) => async (options: object) => {
    signals.push([name, options]);
  };

  const browser: PasskeyBrowser = {
    prompts,
    signals,
    isHidden: false,
    leave: () => void page.dispatchEvent(new Event('pagehide')),
    show() {
      browser.isHidden = false;
      page.dispatchEvent(new Event('visibilitychange'));
    },
    platform: {
      hostname,
      credentials: {
        create: (request) => prompt('create', request),
        get: (request) => prompt('get', request),
      },
      publicKeyCredential: {
        isConditionalMediationAvailable: async () => true,
        getClientCapabilities: async () => ({ conditionalCreate: true }),
        signalAllAcceptedCredentials: record('signalAllAcceptedCredentials'),
        signalCurrentUserDetails: record('signalCurrentUserDetails'),
        signalUnknownCredential: record('signalUnknownCredential'),
        ...statics,
      } as Statics,
      page,
      isHidden: () => browser.isHidden,
    },
  };
  return browser;
}

/** The nth ceremony, once it has begun. */
export async function findPrompt({ prompts }: PasskeyBrowser, count = 1): Promise<Prompt> {
  await expect.poll(() => prompts.length).toBe(count);
  const prompt = prompts[count - 1];
  if (!prompt) throw new Error('no prompt');
  return prompt;
}

/** What `get` of an authenticator returns; nobody here reads its bytes. */
export function createAssertionFake(id = 'credential'): Credential {
  const response = {
    clientDataJSON: toBytes('client data'),
    authenticatorData: toBytes('authenticator data'),
    signature: toBytes('signature'),
  };
  return { id, rawId: toBytes(id), type: 'public-key', response } as Credential;
}

/** What `create` of an authenticator returns. */
export function createAttestationFake(id = 'credential'): Credential {
  const response = {
    clientDataJSON: toBytes('client data'),
    attestationObject: toBytes('attestation object'),
    getTransports: () => ['internal'],
  };
  return { id, rawId: toBytes(id), type: 'public-key', response } as Credential;
}

function createError(name: string): DOMException {
  return new DOMException(`as a browser says ${name}`, name);
}

function toBytes(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer;
}
