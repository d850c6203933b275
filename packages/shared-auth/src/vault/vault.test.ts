import { expect, it } from 'vitest';
import { createSignedIn } from '../../test/fault-server.fixture.ts';
import { createVaultModel } from '../../test/vault/vault-model.fixture.ts';
import { toActiveSession } from '../session/active-session.ts';
import { createCurrentSession } from '../session/current-session.ts';
import { createTabs } from '../session/tabs.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { createCall } from '../transport/call.ts';
import { createTransport } from '../transport/transport.ts';
import { createVault, type LoadVaultCalls } from './vault.ts';

function openVault(load: LoadVaultCalls) {
  const session = createCurrentSession();
  session.begin(toActiveSession(createSignedIn('ada'), Date.now()));
  const { fetch } = createVaultModel();
  const transport = createTransport({
    url: 'http://auth.example.org',
    fetch,
    requestTimeoutMs: 5_000,
    getSessionToken: session.sessionToken,
  });
  const dependencies = {
    session,
    tabs: createTabs('test', {}),
    call: createCall(transport),
    restore: async () => toFailure('SERVICE_UNAVAILABLE'),
    platform: { indexedDb: undefined, sleep: async () => undefined },
    evaluatePrf: async () => toFailure('PASSKEY_NOT_ENABLED'),
    name: 'test',
  };
  return createVault(dependencies, load);
}

it('loads code again that failed to load, which is an outage until then', async () => {
  let loads = 0;
  const vault = openVault(async () => {
    loads += 1;
    if (loads === 1) throw new TypeError('Failed to fetch dynamically imported module');
    return import('./vault-calls.ts');
  });
  expect(await vault.init()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  expect(await vault.init()).toMatchObject({ data: { status: 'unlocked' } });
  expect(loads).toBe(2);
});

it('locks without its code, and locks out the calls that wait for it', async () => {
  const code = Promise.withResolvers<typeof import('./vault-calls.ts')>();
  const vault = openVault(() => code.promise);
  const unlocked = vault.init();
  expect(await vault.lock()).toEqual({ success: true, data: { status: 'locked' } });
  code.resolve(await import('./vault-calls.ts'));
  expect(await unlocked).toMatchObject({ code: 'FORBIDDEN' });
  expect(vault.state.get()).toEqual({ status: 'locked' });
});
