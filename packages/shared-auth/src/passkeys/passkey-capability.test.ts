import { describe, expect, it } from 'vitest';
import { createPasskeyBrowser } from '../../test/passkeys/passkey-browser.fixture.ts';
import { dataOf } from '../../test/test-client.fixture.ts';
import { toFailure } from '../transport/auth-failure.ts';
import type { Call } from '../transport/call.ts';
import { succeed } from '../transport/result.ts';
import { createCapabilityProbe } from './passkey-capability.ts';

const ready = { enabled: true, conditionalUIAvailable: true, rpId: 'localhost' };

/** A server that responds to its nth call with the nth of `responses`, and with the last from then on. */
function createServer(...responses: (object | undefined)[]) {
  let calls = 0;
  const call = (async () => {
    const response = responses[Math.min(calls, responses.length - 1)];
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return response ? succeed(response) : toFailure('SERVICE_UNAVAILABLE');
  }) as unknown as Call;
  return { call, calls: () => calls };
}

it('asks once for all concurrent callers, and never again', async () => {
  const server = createServer(ready);
  const probe = createCapabilityProbe(server.call, createPasskeyBrowser().platform);
  expect(probe.known()).toBeUndefined();
  const responses = await Promise.all([probe.get(), probe.get(), probe.get()]);
  responses.push(await probe.get());
  for (const response of responses) {
    expect(dataOf(response)).toEqual({ available: true, conditionalUI: true, rpId: 'localhost' });
  }
  expect(server.calls()).toBe(1);
  expect(probe.known()?.available).toBe(true);
});

it("doesn't take a failure for a no: the next call finds out", async () => {
  const server = createServer(undefined, {}, ready);
  const probe = createCapabilityProbe(server.call, createPasskeyBrowser().platform);
  const [one, other] = await Promise.all([probe.get(), probe.get()]);
  expect(one).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  expect(other).toEqual(one);
  expect(await probe.get()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(probe.known()).toBeUndefined();
  expect(dataOf(await probe.get()).available).toBe(true);
  expect(server.calls()).toBe(3);
});

describe('available', () => {
  it.each([
    ['localhost', 'localhost', true],
    ['example.org', 'example.org', true],
    ['accounts.example.org', 'example.org', true],
    ['example.org', 'accounts.example.org', false],
    ['myexample.org', 'example.org', false],
    ['127.0.0.1', 'localhost', false],
    ['evil.org', 'example.org', false],
  ])('on %s for the relying party %s is %s', async (hostname, rpId, available) => {
    const { platform } = createPasskeyBrowser({}, hostname);
    const probe = createCapabilityProbe(createServer({ ...ready, rpId }).call, platform);
    expect(dataOf(await probe.get())).toEqual({ available, conditionalUI: available, rpId });
  });

  it('is false where the server has switched them off', async () => {
    const off = { enabled: false, conditionalUIAvailable: false, rpId: 'localhost' };
    const { platform } = createPasskeyBrowser();
    const probe = createCapabilityProbe(createServer(off).call, platform);
    expect(dataOf(await probe.get())).toMatchObject({ available: false, conditionalUI: false });
    expect(probe.known()?.available).toBe(false);
  });

  it('is false without WebAuthn, although the server is asked once', async () => {
    const server = createServer(ready);
    const probe = createCapabilityProbe(server.call, undefined);
    expect(dataOf(await probe.get())).toMatchObject({ available: false, conditionalUI: false });
    await probe.get();
    expect(server.calls()).toBe(1);
  });
});

describe('conditionalUI', () => {
  it.each([
    ['an older browser', undefined],
    ['a browser that has none now', async () => false],
  ])('is false in %s', async (_name, isConditionalMediationAvailable) => {
    const { platform } = createPasskeyBrowser({ isConditionalMediationAvailable });
    const probe = createCapabilityProbe(createServer(ready).call, platform);
    expect(dataOf(await probe.get())).toMatchObject({ available: true, conditionalUI: false });
    expect(probe.known()?.conditionalUI).toBe(false);
  });

  it.each([
    ['fails to say', () => Promise.reject(new Error('not now'))],
    [
      'throws',
      () => {
        throw new Error('not now');
      },
    ],
    ['never says', () => new Promise<boolean>(() => undefined)],
  ])('is false, and probed again, where the browser %s', async (_name, broken) => {
    let isBroken = true;
    const { platform } = createPasskeyBrowser({
      isConditionalMediationAvailable: () => (isBroken ? broken() : Promise.resolve(true)),
    });
    const probe = createCapabilityProbe(createServer(ready).call, platform);
    expect(dataOf(await probe.get())).toMatchObject({ available: true, conditionalUI: false });
    isBroken = false;
    expect(dataOf(await probe.get())).toMatchObject({ available: true, conditionalUI: true });
  });
});
