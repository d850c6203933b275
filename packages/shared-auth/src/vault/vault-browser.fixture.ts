import { IDBFactory } from 'fake-indexeddb';
import { createTestClient, dataOf } from '../test-client.fixture.ts';
import type { VaultModel } from './vault-model.fixture.ts';

/** A browser with storage, and tabs that hear one another. */
export function createVaultBrowser(model: VaultModel) {
  const indexedDb = new IDBFactory();
  const name = crypto.randomUUID();
  const channels: BroadcastChannel[] = [];
  const sleeps: number[] = [];

  function createChannel(): BroadcastChannel {
    const channel = new BroadcastChannel(name);
    channels.push(channel);
    return channel;
  }

  function openTab() {
    return createTestClient('http://auth.example.org', {
      fetch: model.fetch,
      tabPlatform: { createChannel },
      vaultPlatform: {
        indexedDb,
        async sleep(ms) {
          sleeps.push(ms);
        },
      },
    });
  }

  async function openSignedIn() {
    const tab = openTab();
    dataOf(await tab.login({ email: 'ada@example.org', password: 'a long enough sentence' }));
    return tab;
  }

  return {
    indexedDb,
    sleeps,
    openTab,
    openSignedIn,
    close() {
      for (const channel of channels) channel.close();
    },
  };
}

export type VaultBrowser = ReturnType<typeof createVaultBrowser>;
