import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

/** The pause between checks, the deadline of one, and some allowance for the machine. */
const SECONDS_UNTIL_SEEN = 8000;

describe('/readyz', () => {
  let server: TestServer;
  let proxy: FaultProxy;

  beforeAll(async () => {
    server = await startTestServer({
      databaseUrl: async (url) => {
        const { hostname, port } = new URL(url);
        proxy = await startFaultProxy({ host: hostname, port: Number(port) });
        return proxy.url(url);
      },
    });
  });
  afterAll(() => proxy.close());

  const statusOf = (path: string) => fetch(`${server.origin}${path}`).then(({ status }) => status);
  const untilStatus = (status: number) =>
    expect.poll(() => statusOf('/readyz'), { timeout: SECONDS_UNTIL_SEEN }).toBe(status);

  it('answers 503 within seconds while the database hangs, and 200 once it is back', async () => {
    expect(await statusOf('/readyz')).toBe(200);
    await proxy.setMode({ kind: 'hang' });
    await untilStatus(503);
    const response = await fetch(`${server.origin}/readyz`);
    expect(response.headers.get('retry-after')).toBeTruthy();
    expect(await response.text()).toMatch(/the database doesn't answer/);
    expect(await statusOf('/livez')).toBe(200);
    await proxy.setMode({ kind: 'pass' });
    await expect.poll(() => statusOf('/readyz')).toBe(200);
  });

  it('logs it once, and once that it is over', async () => {
    const said = server.logLines.filter(({ msg }) => msg === 'not ready' || msg === 'ready again');
    expect(said.map(({ msg }) => msg)).toEqual(['not ready', 'ready again']);
  });

  it('doesn’t query a database that is being closed: a stop logs no error', async () => {
    await server.close();
    expect(server.logLines.filter(({ msg }) => msg === 'not ready')).toHaveLength(1);
  });
});
