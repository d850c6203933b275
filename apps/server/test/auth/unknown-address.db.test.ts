import { afterAll, beforeAll, expect, it } from 'vitest';
import { insertUser } from '../harness/insert-user.ts';
import { startTestServer, type TestServer } from '../harness/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  // A hash so slow that nothing else matters beside it.
  server = await startTestServer({ environment: { PASSWORD_HASH_PASSES: '40' } });
});
afterAll(() => server.close());

async function timeMs(email: string): Promise<number> {
  const start = performance.now();
  const answer = await server.client().call('auth.login', { email, password: 'a wrong password' });
  expect(answer.code).toBe('INVALID_CREDENTIALS');
  return performance.now() - start;
}

it('S25: an unknown address costs a hash, as that of an account does', async () => {
  const { email } = await insertUser(server);
  const [known, unknown] = [await timeMs(email), await timeMs('nobody@example.org')];
  expect(unknown).toBeGreaterThan(known / 3);
});
