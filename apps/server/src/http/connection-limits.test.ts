import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestConfig } from '../../test/harness/config.ts';
import { createCapturedLog } from '../../test/harness/log-lines.ts';
import { createApp } from '../app.ts';
import { appRouter } from '../router.ts';
import { limitConnections } from './connection-limits.ts';

const LIMIT = 3;

describe('connections of one client network', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function listen(environment: Record<string, string> = {}) {
    const captured = createCapturedLog();
    const app = await createApp({
      config: createTestConfig({ CONNECTIONS_PER_NETWORK: String(LIMIT), ...environment }),
      log: captured.log,
      router: appRouter,
      outbox: null,
      getDeps: () => 'not needed',
    });
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    return { port: Number(port), lines: captured.lines, close: () => app.close() };
  }

  /** Whether a new connection is served. */
  async function isServed(port: number): Promise<boolean> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    return Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
    ]);
  }

  async function countServed(port: number, connections: number): Promise<number> {
    let served = 0;
    for (let i = 0; i < connections; i += 1) served += Number(await isServed(port));
    return served;
  }

  it('are served up to the limit, again when one has ended, and it is logged once', async () => {
    const server = await listen();
    expect(await countServed(server.port, LIMIT + 2)).toBe(LIMIT);
    sockets[0]?.destroy();
    await expect.poll(() => isServed(server.port)).toBe(true);
    expect(server.lines.filter(({ msg }) => msg.includes('CONNECTIONS_PER_NETWORK'))).toHaveLength(
      1,
    );
    await server.close();
  });

  it('are not counted for a trusted proxy, which brings everybody', async () => {
    const server = await listen({ TRUSTED_PROXIES: '127.0.0.0/8' });
    expect(await countServed(server.port, LIMIT + 2)).toBe(LIMIT + 2);
    await server.close();
  });

  it.each([
    [
      'an IPv6 network of 64 bits',
      ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:9::1', '2001:db8::3'],
      LIMIT,
    ],
    [
      'an IPv4 address, mapped or not',
      ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '::ffff:c000:201'],
      LIMIT,
    ],
    ['different networks', ['192.0.2.1', '192.0.2.2', '2001:db8:0:1::', '2001:db8:0:2::'], 4],
  ])('are counted together for %s', (_name, addresses, served) => {
    const server = new EventEmitter();
    const options = {
      perNetwork: LIMIT,
      isTrustedProxy: () => false,
      log: createCapturedLog().log,
    };
    limitConnections(server, options);
    const destroyed: string[] = [];
    for (const remoteAddress of addresses) {
      const socket = Object.assign(new EventEmitter(), {
        remoteAddress,
        destroy: () => destroyed.push(remoteAddress),
      });
      server.emit('connection', socket);
    }
    expect(addresses.length - destroyed.length).toBe(served);
  });
});
