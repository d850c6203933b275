import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('mail through a mail server', () => {
  it('that never answers holds few connections, and doesn’t delay a stop for long', async () => {
    const sockets = new Set<Socket>();
    let most = 0;
    const silent = createServer((socket) => {
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const slow = await startTestServer({ environment: { SMTP_URL: `smtp://127.0.0.1:${port}` } });
    for (let i = 0; i < 12; i += 1) {
      const input = { email: freshEmail(), password: PASSWORD, name: 'A' };
      await slow.client().expectSuccess('auth.register', input);
    }
    const start = performance.now();
    for (const socket of sockets) socket.destroy();
    await slow.close();
    silent.close();
    expect(most).toBeLessThanOrEqual(5);
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
