import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPasskeyBrowser } from '../../test/passkeys/passkey-browser.fixture.ts';
import {
  type PasskeyServer,
  startPasskeyServer,
} from '../../test/passkeys/passkey-server.fixture.ts';
import { createTestClient } from '../../test/test-client.fixture.ts';
import { createCurrentSession } from '../session/current-session.ts';
import { createSignIn } from '../session/sign-in.ts';
import { createTabs } from '../session/tabs.ts';
import { createCall } from '../transport/call.ts';
import { createTransport } from '../transport/transport.ts';
import { createCapabilityProbe } from './passkey-capability.ts';
import { createPasskeys } from './passkeys.ts';

let server: PasskeyServer;
beforeEach(async () => {
  server = await startPasskeyServer();
});
afterEach(() => server.stop());

it('loads code again that failed to load, which is an outage until then', async () => {
  const session = createCurrentSession();
  const transport = createTransport({
    url: server.url,
    fetch,
    requestTimeoutMs: 5_000,
    getSessionToken: session.sessionToken,
  });
  const tabs = createTabs('test', {});
  const call = createCall(transport);
  const now = () => Date.now();
  const { platform } = createPasskeyBrowser();
  let loads = 0;
  const passkeys = createPasskeys(
    {
      session,
      tabs,
      now,
      transport,
      call,
      signIn: createSignIn({ session, transport, tabs, now }),
      capability: createCapabilityProbe(call, platform),
      platform,
    },
    async () => {
      loads += 1;
      if (loads === 1) throw new TypeError('Failed to fetch dynamically imported module');
      return import('./passkey-calls.ts');
    },
  );
  expect(await passkeys.calls.list()).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    retryable: true,
  });
  expect(await passkeys.calls.list()).toMatchObject({ success: true });
  expect(await passkeys.calls.list()).toMatchObject({ success: true });
  expect(loads).toBe(2);
});

it('shows the capability once it is known, and not before', async () => {
  const { platform } = createPasskeyBrowser();
  const client = createTestClient(server.url, { passkeyPlatform: platform });
  expect(client.passkeyAvailable).toBeUndefined();
  server.reply({}, { 'passkeys.capability': 300 });
  const asked = client.getPasskeyCapability();
  await sleep(10);
  expect(client.passkeyAvailable).toBeUndefined();
  await asked;
  expect(client.passkeyAvailable).toBe(true);
});
