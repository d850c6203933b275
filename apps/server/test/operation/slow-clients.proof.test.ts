import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { appRouter } from '../../src/router.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';

const LIMIT_MS = 30_000;
const HEAD =
  'POST /trpc/auth.login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

describe('a client that is slow', () => {
  let app: Awaited<ReturnType<typeof createApp>>;
  let port: number;
  beforeAll(async () => {
    app = await createApp({
      config: createTestConfig(),
      log: createCapturedLog().log,
      router: appRouter,
      outbox: null,
      getDeps: () => 'not needed',
    });
    port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  });
  afterAll(() => app.close());

  it.concurrent.each([
    ['says nothing', '', ''],
    ['sends its headers a line at a time', HEAD, 'x-more: 1\r\n'],
    ['sends its body a byte at a time', `${HEAD}content-length: 1000\r\n\r\n{`, ' '],
  ])('is dropped after 30 seconds when it %s', async (_name, begin, more) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).on('data', () => undefined);
    const startedAtMs = performance.now();
    socket.write(begin);
    const trickle = setInterval(() => socket.write(more), 500);
    await once(socket, 'close');
    clearInterval(trickle);
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThan(LIMIT_MS - 1000);
    expect(tookMs).toBeLessThan(LIMIT_MS + 5000);
  });
});
