import { IDBFactory } from 'fake-indexeddb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assembleAuthClient } from '../../src/client/assemble-auth-client.ts';
import { createAuthClient } from '../../src/client.ts';
import { findVaultPlatform } from '../../src/vault/vault-platform.ts';
import { createBrowserFetch } from '../browser-fetch.fixture.ts';
import {
  type Device as Authenticator,
  createDevice as createAuthenticator,
} from '../passkeys/software-authenticator.fixture.ts';
import { type RunningServer, startRunningServer } from '../running-server.fixture.ts';
import { dataOf } from '../test-client.fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRunningServer();
});
afterAll(() => server.stop());

const password = 'a long enough sentence';
const location = { recordId: 'note-1', field: 'body' };
const noPrf = { success: false, code: 'VALIDATION', field: 'prf' };
let count = 0;
let email: string;
let authenticator: Authenticator;
beforeEach(async () => {
  count += 1;
  email = `unlocker${count}@example.org`;
  const client = createAuthClient({ url: server.url });
  dataOf(await client.register({ email, password, name: 'Ada' }));
  dataOf(await client.verifyEmail({ token: await server.findMailedToken(email), password }));
  authenticator = createAuthenticator(server.url);
});

/** Replaces what the server returns for a procedure. */
type Tamper = (procedure: string, body: string) => string;

/** A browser with storage and an authenticator of its own. */
async function openSignedIn({
  indexedDb = new IDBFactory(),
  tamper = (_procedure: string, body: string) => body,
}: {
  indexedDb?: IDBFactory;
  tamper?: Tamper;
} = {}) {
  const browser = createBrowserFetch(server.url);
  const client = assembleAuthClient({
    url: server.url,
    async fetch(input, init) {
      const answer = await browser.fetch(input, init);
      const procedure = new URL(String(input)).pathname.replace('/trpc/', '');
      if (!answer.ok) return answer;
      return new Response(tamper(procedure, await answer.text()), answer);
    },
    tabPlatform: {},
    passkeyPlatform: authenticator.platform,
    vaultPlatform: { ...findVaultPlatform(), indexedDb },
    now: () => Date.now(),
    requestTimeoutMs: 15_000,
  });
  dataOf(await client.login({ email, password }));
  return client;
}

/** Somebody with an unlocked vault and a passkey. */
async function openVault() {
  const client = await openSignedIn();
  dataOf(await client.vault.init());
  const { passkey } = dataOf(await client.passkeys.register());
  const value = dataOf(await client.vault.encryptValue({ ...location, value: 'mine' }));
  return { ...client, passkeyId: passkey.id, value };
}

describe('a passkey', () => {
  it('that was set up unlocks the vault on another device, and leaves its secret nowhere', async () => {
    const { vault, passkeyId, value } = await openVault();
    const status = dataOf(await vault.setupPasskeyUnlock());
    expect(status).toMatchObject({ passkeyIds: [passkeyId] });

    const other = await openSignedIn();
    const opened = dataOf(await other.vault.unlockWithPasskey());
    expect(opened).toMatchObject({ status: 'unlocked', generation: 1, keptOnDevice: false });
    expect(dataOf(await other.vault.decryptValue({ ...location, value }))).toBe('mine');
    expect(authenticator.requests).toHaveLength(2);
    for (const asked of authenticator.requests) {
      expect(asked).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
      expect(asked.allowCredentials).toHaveLength(1);
    }
    for (const output of authenticator.prfOutputs) {
      expect(new Uint8Array(output)).toEqual(new Uint8Array(32));
    }
    const actions = dataOf(await vault.audit()).entries.map(({ action }) => action);
    expect(actions.slice(0, 3)).toEqual(['fetch', 'passkey_set', 'fetch']);
  });

  it('keeps the vault unlocked on the device on request', async () => {
    const indexedDb = new IDBFactory();
    const { vault } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    const other = await openSignedIn({ indexedDb });
    const opened = dataOf(await other.vault.unlockWithPasskey({ stayUnlocked: true }));
    expect(opened).toMatchObject({ keptOnDevice: true });
  });

  it('is one of two, and each opens the vault', async () => {
    const { vault, passkeys, passkeyId, value } = await openVault();
    dataOf(await vault.setupPasskeyUnlock({ passkeyId }));
    const first = authenticator;
    authenticator = createAuthenticator(server.url);
    const second = await openSignedIn();
    const { passkey } = dataOf(await second.passkeys.register());
    const status = dataOf(await second.vault.setupPasskeyUnlock({ passkeyId: passkey.id }));
    expect(status).toMatchObject({ passkeyIds: [passkeyId, passkey.id] });

    for (const own of [first, authenticator]) {
      authenticator = own;
      const { vault: later } = await openSignedIn();
      dataOf(await later.unlockWithPasskey());
      expect(dataOf(await later.decryptValue({ ...location, value }))).toBe('mine');
    }
    dataOf(await passkeys.remove({ id: passkey.id }));
    expect(dataOf(await vault.status())).toMatchObject({ passkeyIds: [passkeyId] });
  });

  it.each(['absent', 'zeros'] as const)(
    'whose PRF is %s is refused before anything is sent',
    async (prf) => {
      const { vault, passkeyId } = await openVault();
      authenticator.prf = prf;
      expect(await vault.setupPasskeyUnlock({ passkeyId })).toMatchObject(noPrf);
      expect(dataOf(await vault.status())).toMatchObject({ revision: 1, passkeyIds: [] });
      // The key wasn't even fetched.
      const actions = dataOf(await vault.audit()).entries.map(({ action }) => action);
      expect(actions).toEqual(['fetch', 'init']);

      authenticator.prf = 'works';
      dataOf(await vault.setupPasskeyUnlock());
      dataOf(await vault.lock());
      authenticator.prf = prf;
      expect(await vault.unlockWithPasskey()).toMatchObject(noPrf);
      expect(vault.state.get()).toEqual({ status: 'locked' });
    },
  );

  it('is set up by the next call if the response was lost', async () => {
    const { passkeyId } = await openVault();
    let isLost = true;
    const tamper: Tamper = (procedure, body) => {
      if (procedure !== 'vault.setPasskeyWrap' || !isLost) return body;
      isLost = false;
      throw new TypeError('Failed to fetch');
    };
    const { vault } = await openSignedIn({ tamper });
    expect(await vault.setupPasskeyUnlock()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    dataOf(await vault.setupPasskeyUnlock());
    expect(dataOf(await vault.status())).toMatchObject({ revision: 3, passkeyIds: [passkeyId] });
    dataOf(await vault.unlockWithPasskey());
  });

  it("that doesn't exist, or opens nothing, is reported without a prompt", async () => {
    const { vault } = await openVault();
    expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'NOT_FOUND' });
    expect(await vault.setupPasskeyUnlock({ passkeyId: 'none' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(authenticator.requests).toEqual([]);
  });

  it('no longer opens the vault once cleared, which may be repeated', async () => {
    const { vault, passkeyId } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    expect(dataOf(await vault.clearPasskeyUnlock({ passkeyId }))).toMatchObject({ passkeyIds: [] });
    expect(dataOf(await vault.clearPasskeyUnlock({ passkeyId }))).toMatchObject({ revision: 3 });
    expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('no longer opens the vault after a rotation, until it is set up again', async () => {
    const { vault } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    dataOf(await vault.rotate());
    expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'NOT_FOUND' });
    dataOf(await vault.setupPasskeyUnlock());
    dataOf(await vault.lock());
    expect(dataOf(await vault.unlockWithPasskey())).toMatchObject({ generation: 2 });
  });

  it('without a vault reports that there is none', async () => {
    const { vault } = await openSignedIn();
    expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'VAULT_NOT_INITIALISED' });
    expect(vault.state.get()).toEqual({ status: 'absent' });
  });
});

describe('S34: an older wrap put back', () => {
  it('is noticed by a device that has seen the newer key, before the browser prompts', async () => {
    const { vault } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    const indexedDb = new IDBFactory();
    let older: string | undefined;
    let isPutBack = false;
    const tamper: Tamper = (procedure, body) => {
      if (procedure !== 'vault.passkeyWraps') return body;
      older ??= body;
      return isPutBack ? older : body;
    };
    const other = await openSignedIn({ indexedDb, tamper });
    dataOf(await other.vault.unlockWithPasskey());
    dataOf(await other.vault.rotate());
    dataOf(await other.vault.setupPasskeyUnlock());
    dataOf(await other.vault.lock());
    dataOf(await other.vault.unlockWithPasskey());
    dataOf(await other.vault.lock());
    isPutBack = true;
    const prompts = authenticator.requests.length;
    const refused = await other.vault.unlockWithPasskey();
    expect(refused).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(authenticator.requests).toHaveLength(prompts);
  });

  it("under a newer number doesn't open", async () => {
    const { vault } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    const tamper: Tamper = (procedure, body) =>
      ['vault.passkeyWraps', 'vault.status'].includes(procedure)
        ? body.replace('"generation":1', '"generation":2')
        : body;
    const other = await openSignedIn({ tamper });
    expect(await other.vault.unlockWithPasskey()).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(other.vault.state.get().status).not.toBe('unlocked');
  });
});

describe('in zero-knowledge mode a passkey', () => {
  it('is set up with the recovery code only, and unlocks without it', async () => {
    const { vault, passkeyId, value } = await openVault();
    const code = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.enableZeroKnowledge(code));
    expect(await vault.setupPasskeyUnlock()).toMatchObject({ code: 'ZK_ACTIVE' });
    expect(await vault.setupPasskeyUnlock({ recoveryCode: 'M1-AAAAA' })).toMatchObject({
      code: 'VALIDATION',
      field: 'recoveryCode',
    });
    expect(authenticator.requests).toEqual([]);
    expect(dataOf(await vault.setupPasskeyUnlock(code))).toMatchObject({ passkeyIds: [passkeyId] });

    const { vault: other } = await openSignedIn();
    expect(dataOf(await other.unlock())).toEqual({ status: 'awaiting-recovery-code' });
    expect(dataOf(await other.unlockWithPasskey())).toMatchObject({ zeroKnowledge: true });
    expect(dataOf(await other.decryptValue({ ...location, value }))).toBe('mine');
  });

  it('creates a recovery code in place of a lost one, which takes effect once typed back', async () => {
    const { vault } = await openVault();
    const lost = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.enableZeroKnowledge(lost));
    dataOf(await vault.setupPasskeyUnlock(lost));
    const { vault: later } = await openSignedIn();
    expect(await later.rotateRecoveryCode()).toMatchObject({ code: 'ZK_ACTIVE' });
    const next = dataOf(await later.rotateRecoveryCode({ passkey: true }));
    dataOf(await later.unlockWithRecoveryCode(lost));
    dataOf(await later.confirmRecoveryCode(next));
    expect(await later.unlockWithRecoveryCode(lost)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    dataOf(await later.unlockWithRecoveryCode(next));
  });

  it('leaves that mode, also when it has already been left', async () => {
    const { vault, value } = await openVault();
    const code = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.enableZeroKnowledge(code));
    dataOf(await vault.setupPasskeyUnlock(code));
    const called: string[] = [];
    const tamper: Tamper = (procedure, body) => {
      called.push(procedure);
      return body;
    };
    const { vault: later } = await openSignedIn({ tamper });
    const left = dataOf(await later.disableZeroKnowledge({ passkey: true }));
    expect(left).toMatchObject({ zeroKnowledge: false, revision: 5 });
    expect(dataOf(await later.disableZeroKnowledge({ passkey: true }))).toEqual(left);
    // The key is sent only once.
    expect(called.filter((name) => name === 'vault.disableZeroKnowledge')).toHaveLength(1);
    const { vault: third } = await openSignedIn();
    dataOf(await third.unlock());
    expect(dataOf(await third.decryptValue({ ...location, value }))).toBe('mine');
  });

  it('that was set up before keeps unlocking', async () => {
    const { vault, value } = await openVault();
    dataOf(await vault.setupPasskeyUnlock());
    dataOf(await vault.enableZeroKnowledge(dataOf(await vault.setupRecoveryCode())));
    dataOf(await vault.lock());
    dataOf(await vault.unlockWithPasskey());
    expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
  });
});

describe('while the browser prompts', () => {
  /** Holds the prompt open until it is answered, and says when it has appeared. */
  function holdPrompt() {
    const shown = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    authenticator.whilePrompted = () => {
      authenticator.whilePrompted = async () => undefined;
      shown.resolve();
      return answer.promise;
    };
    return { shown: shown.promise, answer };
  }

  async function openWithPasskey() {
    const opened = await openVault();
    dataOf(await opened.vault.setupPasskeyUnlock());
    dataOf(await opened.vault.lock());
    return opened;
  }

  it('closing the prompt is PASSKEY_CANCELLED, and changes nothing', async () => {
    const { vault } = await openWithPasskey();
    authenticator.whilePrompted = async () => {
      throw new DOMException('', 'NotAllowedError');
    };
    expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'PASSKEY_CANCELLED' });
    expect(await vault.setupPasskeyUnlock()).toMatchObject({ code: 'PASSKEY_CANCELLED' });
    expect(vault.state.get()).toEqual({ status: 'locked' });
    expect(dataOf(await vault.status())).toMatchObject({ revision: 2 });
  });

  it('no other call to the vault waits for the user', async () => {
    const { vault } = await openWithPasskey();
    const { shown, answer } = holdPrompt();
    const unlocking = vault.unlockWithPasskey();
    await shown;
    expect(dataOf(await vault.status())).toMatchObject({ initialised: true });
    answer.resolve();
    expect(dataOf(await unlocking)).toMatchObject({ status: 'unlocked' });
  });

  it('a lock ends the prompt, and the vault stays locked', async () => {
    const { vault } = await openWithPasskey();
    const { shown } = holdPrompt();
    const unlocking = vault.unlockWithPasskey();
    await shown;
    dataOf(await vault.lock());
    expect(await unlocking).toMatchObject({ code: 'FORBIDDEN' });
    expect(vault.state.get()).toEqual({ status: 'locked' });
  });

  it('a lock at any moment after the response leaves the vault locked', async () => {
    const { vault } = await openWithPasskey();
    for (let moments = 0; moments < 25; moments += 1) {
      authenticator.onResponseRead = async () => {
        for (let moment = 0; moment < moments; moment += 1) await undefined;
        return vault.lock();
      };
      expect(await vault.unlockWithPasskey()).toMatchObject({ code: 'FORBIDDEN' });
      expect(vault.state.get()).toEqual({ status: 'locked' });
    }
  });

  it('another prompt ends this one', async () => {
    const { vault, passkeys } = await openWithPasskey();
    const { shown } = holdPrompt();
    const first = vault.unlockWithPasskey();
    await shown;
    const second = vault.unlockWithPasskey();
    expect(await first).toMatchObject({ code: 'PASSKEY_CANCELLED' });
    dataOf(await second);
    const { shown: again } = holdPrompt();
    const third = vault.setupPasskeyUnlock();
    await again;
    dataOf(await passkeys.signIn());
    expect(await third).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  });

  it('a rotation elsewhere leaves the previous key locked', async () => {
    const { vault } = await openWithPasskey();
    const { shown, answer } = holdPrompt();
    const unlocking = vault.unlockWithPasskey();
    await shown;
    const { vault: other } = await openSignedIn();
    dataOf(await other.unlock());
    dataOf(await other.rotate());
    answer.resolve();
    expect(await unlocking).toMatchObject({ code: 'VAULT_CONFLICT' });
    expect(vault.state.get()).toEqual({ status: 'locked' });
  });
});

it('a page without passkeys unlocks another way', async () => {
  const { vault } = await openVault();
  dataOf(await vault.setupPasskeyUnlock());
  authenticator = {
    ...authenticator,
    platform: { ...authenticator.platform, hostname: 'elsewhere' },
  };
  const { vault: other } = await openSignedIn();
  expect(await other.unlockWithPasskey()).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
  expect(dataOf(await other.unlock())).toMatchObject({ status: 'unlocked' });
});
