import { expect, it } from 'vitest';
import {
  createAssertionFake,
  createAttestationFake,
  createPasskeyBrowser,
} from '../../../test/passkeys/passkey-browser.fixture.ts';
import { createCredential, getAssertion } from './call-browser.ts';

const requestOptions = { challenge: 'AQID', rpId: 'localhost', allowCredentials: [] };
const creationOptions = {
  challenge: 'AQID',
  rp: { id: 'localhost', name: 'Here' },
  user: { id: 'BAU', name: 'ada@example.org', displayName: 'Ada' },
  pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
  excludeCredentials: [{ id: 'Bgc', type: 'public-key' }],
} as const;
const signal = new AbortController().signal;

/** `options` as in the router's type, whose arrays aren't readonly. */
const create = (platform = createPasskeyBrowser().platform, options: unknown = creationOptions) =>
  createCredential(platform, options as Parameters<typeof createCredential>[1], { signal });

it('passes bytes to the browser and returns base64url: for a new passkey', async () => {
  const { platform, prompts } = createPasskeyBrowser();
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  const request = prompts[0]?.request.publicKey as PublicKeyCredentialCreationOptions;
  expect(request).toMatchObject({
    challenge: Uint8Array.of(1, 2, 3),
    rp: creationOptions.rp,
    user: { id: Uint8Array.of(4, 5), name: 'ada@example.org' },
    excludeCredentials: [{ id: Uint8Array.of(6, 7), type: 'public-key' }],
  });
  prompts[0]?.answer(createAttestationFake('new'));
  expect(await created).toEqual({
    success: true,
    data: {
      id: encode('new'),
      rawId: encode('new'),
      type: 'public-key',
      response: {
        clientDataJSON: encode('client data'),
        attestationObject: encode('attestation object'),
        transports: ['internal'],
      },
    },
  });
});

it('passes bytes to the browser and returns base64url: for an assertion', async () => {
  const { platform, prompts } = createPasskeyBrowser();
  const got = getAssertion(platform, requestOptions, { signal, mediation: 'conditional' });
  await expect.poll(() => prompts[0]?.request.mediation).toBe('conditional');
  expect(prompts[0]?.request.publicKey.challenge).toEqual(Uint8Array.of(1, 2, 3));
  prompts[0]?.answer(createAssertionFake('mine'));
  expect(await got).toMatchObject({
    success: true,
    data: { id: encode('mine'), response: { signature: encode('signature') } },
  });
});

it("accepts a password manager's credential that has no methods", async () => {
  const { platform, prompts } = createPasskeyBrowser();
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  const credential = createAttestationFake() as unknown as { response: object };
  prompts[0]?.answer({
    ...credential,
    response: { ...credential.response, getTransports: undefined },
  } as unknown as Credential);
  expect(await created).toMatchObject({ success: true, data: { type: 'public-key' } });
});

it.each([
  ['NotAllowedError', 'PASSKEY_CANCELLED'],
  ['AbortError', 'PASSKEY_CANCELLED'],
  ['InvalidStateError', 'VALIDATION'],
  ['SecurityError', 'PASSKEY_NOT_ENABLED'],
  ['NotSupportedError', 'PASSKEY_NOT_ENABLED'],
  ['OperationError', 'INTERNAL'],
  ['UnknownError', 'INTERNAL'],
])("the browser's %s is %s", async (name, code) => {
  const { platform, prompts } = createPasskeyBrowser();
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  prompts[0]?.refuse(name);
  expect(await created).toMatchObject({ success: false, code });
});

it('says what to do where the authenticator already has a passkey for the account', async () => {
  const { platform, prompts } = createPasskeyBrowser();
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  prompts[0]?.refuse('InvalidStateError');
  expect(await created).toMatchObject({ error: expect.stringContaining('already has a passkey') });
});

it('takes a missing credential for a prompt that was closed', async () => {
  const { platform, prompts } = createPasskeyBrowser();
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  prompts[0]?.answer(null);
  expect(await created).toMatchObject({ code: 'PASSKEY_CANCELLED' });
});

it('settles at the signal, even if nothing listens to it, and prompts for nothing after it', async () => {
  let asked = 0;
  const deaf = {
    ...createPasskeyBrowser().platform,
    credentials: {
      create: () => new Promise<never>(() => undefined),
      get() {
        asked += 1;
        return new Promise<never>(() => undefined);
      },
    },
  };
  const controller = new AbortController();
  const got = getAssertion(deaf, requestOptions, { signal: controller.signal });
  controller.abort();
  expect(await got).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  const late = getAssertion(deaf, requestOptions, { signal: controller.signal });
  expect(await late).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(asked).toBe(1);
});

it("is INTERNAL, and doesn't throw, where the options or the credential are malformed", async () => {
  const { platform, prompts } = createPasskeyBrowser();
  expect(await create(platform, { ...creationOptions, challenge: '!' })).toMatchObject({
    code: 'INTERNAL',
  });
  expect(await create(platform, {})).toMatchObject({ code: 'INTERNAL' });
  const created = create(platform);
  await expect.poll(() => prompts.length).toBe(1);
  prompts[0]?.answer({} as Credential);
  expect(await created).toMatchObject({ code: 'INTERNAL' });
});

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
