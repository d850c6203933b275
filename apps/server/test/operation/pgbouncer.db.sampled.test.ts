import { inProofs } from '@mana/db/testing/in-proofs';
import { isPgBouncerInstalled, type PgBouncer, startPgBouncer } from '@mana/db/testing/pgbouncer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import { startTestServer, type TestServer } from '../harness/test-server.ts';
import { auditOf } from '../harness/vault-of.ts';

const USERS = inProofs(200, { otherwise: 50 });
const POOL = 2;

describe.skipIf(!isPgBouncerInstalled)('a server behind PgBouncer in transaction mode', () => {
  let pgBouncer: PgBouncer;
  let server: TestServer;
  let users: InsertedUser[];

  beforeAll(async () => {
    server = await startTestServer({
      databaseUrl: async (url) => {
        pgBouncer = await startPgBouncer(url, { poolSize: POOL });
        return pgBouncer.url;
      },
    });
    users = await Promise.all(Array.from({ length: USERS }, () => insertUser(server)));
  });
  afterAll(async () => {
    await server.close();
    await pgBouncer.stop();
  });

  it('is ready', async () => {
    const answer = await fetch(`${server.origin}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([200, expect.anything()]);
  });

  it(`S28: keeps ${USERS} concurrent users apart, on two connections`, async () => {
    const keys = await Promise.all(
      users.map(async ({ client }) => {
        await client.expectSuccess('vault.init');
        const { masterKey } = (await client.expectSuccess('vault.key')) as { masterKey: string };
        const again = (await client.expectSuccess('vault.key')) as { masterKey: string };
        expect(again.masterKey).toBe(masterKey);
        const audit = await client.expectSuccess('vault.audit');
        const { entries } = audit as { entries: { action: string }[] };
        expect(entries.map(({ action }) => action)).toEqual(['fetch', 'fetch', 'init']);
        return masterKey;
      }),
    );
    expect(new Set(keys).size).toBe(USERS);
    for (const { id } of users) {
      expect(await auditOf(server.owner, id)).toEqual(['init OK', 'fetch OK', 'fetch OK']);
    }
  });

  it('reports its outage as ours, and continues once it is back', async () => {
    const { client } = users[0] as InsertedUser;
    await pgBouncer.kill();
    try {
      const answer = await client.call('vault.key');
      expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      await pgBouncer.restart();
    }
    await expect.poll(async () => (await client.call('vault.key')).status).toBe(200);
  });
});
