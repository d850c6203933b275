import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { Log } from '../logging/log.ts';
import type { IsTrustedProxy } from './trusted-proxies.ts';

interface ConnectionLimits {
  readonly perNetwork: number;
  readonly isTrustedProxy: IsTrustedProxy;
  readonly log: Log;
}

/**
 * Lets each client network (IPv6 by /64) have at most `perNetwork` connections open; further ones are closed
 * at once. Trusted proxies bring everybody's connections, and aren't counted.
 */
export function limitConnections(
  server: EventEmitter,
  { perNetwork, isTrustedProxy, log }: ConnectionLimits,
): void {
  const open = new Map<string, number>();
  let isLogged = false;
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? null;
    if (address !== null && isTrustedProxy(address)) return;
    const network = toClientNetwork(address);
    const count = open.get(network) ?? 0;
    if (count >= perNetwork) {
      socket.destroy();
      if (!isLogged) {
        log.warn(
          { network },
          'connections are closed: a client network has as many as CONNECTIONS_PER_NETWORK. If it is a proxy, name it in TRUSTED_PROXIES. This is logged once',
        );
      }
      isLogged = true;
      return;
    }
    open.set(network, count + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 0) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}
