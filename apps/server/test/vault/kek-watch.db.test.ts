import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { retireKek } from '../../src/key-providers/keks.repository.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import { startTestServer } from '../harness/test-server.ts';
import { auditOf, vaultOf } from '../harness/vault-of.ts';

it('a key that is retired while a server still has it is reported as a fault of ours', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const [nobody, zero] = [await insertUser(server), await insertUser(server)];
  const { masterKey } = await insertVault(server, zero.id, { zeroKnowledge: true });
  const before = await vaultOf(server.owner, zero.id);
  expect(await retireKek(server.owner, 'env-v1')).toBe('retired');

  for (const answer of [
    await nobody.client.call('vault.init'),
    await zero.client.call('vault.disableZeroKnowledge', { masterKey }),
  ]) {
    expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  }
  expect(await vaultOf(server.owner, nobody.id)).toBeUndefined();
  expect(await vaultOf(server.owner, zero.id)).toEqual(before);
  expect(await auditOf(server.owner, zero.id)).toEqual(['failed_zk_disable SERVICE_UNAVAILABLE']);
  await expect
    .poll(async () => (await fetch(`${server.origin}/readyz`)).text())
    .toContain('was retired: make another one active');
});

it('keys that can’t be checked are not reported as right', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  await sql`alter table auth.keks rename column check_iv to is_gone`.execute(server.owner);
  const readyz = async () => (await fetch(`${server.origin}/readyz`)).text();
  await expect.poll(readyz).toContain("the keys of the vaults can't be checked");
  await sql`alter table auth.keks rename column is_gone to check_iv`.execute(server.owner);
  await expect.poll(async () => (await fetch(`${server.origin}/readyz`)).status).toBe(200);
});
