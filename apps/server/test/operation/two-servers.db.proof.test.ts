import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../harness/api-client.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { startServerProcess } from '../harness/server-process.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('S18: two server processes on one database', () => {
  let server: TestServer;
  let processes: ServerProcess[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    const environment = {
      BASE_URL: server.deps.config.baseUrl,
      DATABASE_URL: server.database.appUrl,
      MIGRATION_DATABASE_URL: server.database.ownerUrl,
      MANA_AUTH_SECRET: server.deps.secrets.current,
      // However long a busy machine takes.
      DATABASE_TIMEOUT_MS: '60000',
    };
    processes = await Promise.all([0, 1].map(() => startServerProcess(environment)));
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await server.close();
  });

  it('hash exactly five of 200 parallel wrong passwords; then the owner signs in from a known device', async () => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    await owner.expectSuccess('auth.logout');

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const client = new ApiClient(processes[i % 2]?.origin ?? '');
        return client.call('auth.login', { email, password: `wrong guess ${i}` });
      }),
    );
    const codes = answers.map((answer) => answer.code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter((code) => code === 'ACCOUNT_LOCKED')).toHaveLength(195);
    expect(processes.reduce((sum, one) => sum + one.hashes(), 0)).toBe(5);

    for (const { origin } of processes) {
      const input = { email, password: PASSWORD };
      const stranger = await new ApiClient(origin).call('auth.login', input);
      expect(stranger.code).toBe('ACCOUNT_LOCKED');
      const known = new ApiClient(origin);
      known.cookies.set('mana.device', owner.cookies.get('mana.device') ?? '');
      expect((await known.call('auth.login', input)).status).toBe(200);
    }
  });
});
