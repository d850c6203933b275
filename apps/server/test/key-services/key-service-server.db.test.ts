import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import { faults } from '../harness/key-services/faults.ts';
import { TOKEN } from '../harness/key-services/key-providers.ts';
import { startTransitServer, type TransitServer } from '../harness/key-services/transit-server.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';
import { auditOf, vaultOf } from '../harness/vault-of.ts';

const POOL_SIZE = 3;

let transit: TransitServer;
let server: TestServer;

beforeAll(async () => {
  transit = await startTransitServer(['mana']);
  server = await startTestServer({
    environment: {
      MANA_AUTH_KEK: 'transit:mana',
      MANA_AUTH_KEK_ID: 'transit-v1',
      VAULT_ADDR: transit.origin,
      VAULT_TOKEN: TOKEN,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
    },
  });
});
beforeEach(() => transit.setFault(null));
afterAll(async () => {
  await server.close();
  await transit.stop();
});

async function newVault(options?: Parameters<typeof insertVault>[2]) {
  const user = await insertUser(server);
  const vault = await insertVault(server, user.id, options);
  return { ...user, ...vault };
}

function expectUnavailable(answer: Answer): void {
  expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.error?.data.auth.retryable).toBe(true);
  expect(answer.text).not.toMatch(/transit|127\.0\.0\.1|hvs/i);
}

describe('vaults under a key service', () => {
  it('are created, opened and rotated over HTTP', async () => {
    const { client } = await insertUser(server);
    await client.expectSuccess('vault.init');
    const first = await client.expectSuccess('vault.key');
    expect(first).toEqual({
      masterKey: expect.stringMatching(/^[\w+/]{43}=$/),
      formatVersion: 3,
      kekId: 'transit-v1',
      generation: 1,
    });
    expect(await client.expectSuccess('vault.key')).toEqual(first);
    await client.expectSuccess('vault.rotate', { revision: 1 });
    expect(await client.expectSuccess('vault.key')).toMatchObject({ generation: 2 });
  });

  it.each(['a reset', 'a refused caller', 'a missing key, as Transit puts it', 'a seal'])(
    'stay as they are when the service answers with %s, and nothing is counted',
    async (name) => {
      const nobody = await insertUser(server);
      const plain = await newVault();
      const zero = await newVault({ zeroKnowledge: true });
      const coded = await newVault({ recovery: true });
      const users = [nobody, plain, zero, coded];
      const before = await Promise.all(users.map(({ id }) => vaultOf(server.owner, id)));
      transit.setFault(faults[name] ?? null);

      expectUnavailable(await nobody.client.call('vault.init'));
      expectUnavailable(await plain.client.call('vault.key'));
      expectUnavailable(await plain.client.call('vault.rotate', { revision: 1 }));
      expectUnavailable(await coded.client.call('vault.enableZeroKnowledge', { revision: 1 }));
      const { masterKey } = zero;
      expectUnavailable(
        await zero.client.call('vault.disableZeroKnowledge', { revision: 1, masterKey }),
      );

      transit.setFault(null);
      expect(await Promise.all(users.map(({ id }) => vaultOf(server.owner, id)))).toEqual(before);
      expect(await auditOf(server.owner, plain.id)).toEqual([
        'fetch OK',
        'failed_fetch SERVICE_UNAVAILABLE',
        'failed_rotate SERVICE_UNAVAILABLE',
      ]);
      expect(await plain.client.expectSuccess('vault.key')).toMatchObject({
        masterKey: plain.masterKey,
      });
      expect(await server.owner.selectFrom('auth.lockouts').selectAll().execute()).toEqual([]);
    },
  );

  it('open again, also for a user who kept asking while the service was away', async () => {
    const { client, masterKey } = await newVault();
    transit.setFault(faults['a refused caller'] ?? null);
    for (let i = 0; i < 70; i += 1) expectUnavailable(await client.call('vault.key'));
    transit.setFault(null);
    expect(await client.expectSuccess('vault.key')).toMatchObject({ masterKey });
  });

  it('hold no connection to the database while a service hangs', async () => {
    const { client } = await newVault();
    transit.setFault(faults['no answer'] ?? null);
    const hanging = Array.from({ length: POOL_SIZE * 4 }, () => client.call('vault.key'));
    await expect.poll(() => transit.requests.length).toBeGreaterThan(POOL_SIZE * 4);
    const answered = vi.fn();
    for (const call of hanging) call.then(answered, answered);
    await client.expectSuccess('vault.status');
    await client.expectSuccess('auth.profile');
    expect(answered).not.toHaveBeenCalled();
    for (const answer of await Promise.all(hanging)) expectUnavailable(answer);
  });

  it('are reported by /readyz, by name, until the service is back', async () => {
    const readyz = () => fetch(`${server.origin}/readyz`);
    const untilStatus = (status: number) =>
      expect.poll(async () => (await readyz()).status, { interval: 200 }).toBe(status);
    await untilStatus(200);
    await transit.stop();
    await untilStatus(503);
    const { checks } = (await (await readyz()).json()) as {
      checks: { name: string; ok: boolean; problems: string[] }[];
    };
    const wrong = checks.filter(({ ok }) => !ok);
    expect(wrong.map(({ name }) => name)).toEqual(['vault-keys']);
    expect(wrong[0]?.problems[0]).toMatch(
      /^the key "transit-v1" can't be reached: Vault at .*ECONNREFUSED/,
    );
    await transit.start();
    await untilStatus(200);
  });

  it('of a service that hangs don’t hold up other checks of /readyz', async () => {
    transit.setFault(faults['no answer'] ?? null);
    await expect
      .poll(async () => (await fetch(`${server.origin}/readyz`)).text(), {
        interval: 200,
      })
      .toMatch(/"vault-keys".*no answer in time/);
    const text = await (await fetch(`${server.origin}/readyz`)).text();
    expect(text).not.toContain("the database doesn't answer");
  });

  it('leave no token and no key in the log', () => {
    const sent = transit.requests.map(({ body }) => JSON.parse(body).plaintext).filter(Boolean);
    expect(sent.length).toBeGreaterThan(5);
    for (const secret of [TOKEN, ...sent]) expect(server.logText()).not.toContain(secret);
  });
});
