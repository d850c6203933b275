import { parseAddress } from '@mana/auth-core/rate-limit/client-network';
import type { FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config/config.ts';
import type { Log } from '../logging/log.ts';

/** Tells whether an address, with a port or without, is that of a proxy whose X-Forwarded-For is believed. */
export type IsTrustedProxy = (address: string) => boolean;

/** Reads `TRUSTED_PROXIES`: addresses and networks. A mapped IPv4 address is the IPv4 address. */
export function createIsTrustedProxy({
  trustedProxies,
}: Pick<Config, 'trustedProxies'>): IsTrustedProxy {
  const networks = trustedProxies.map(parseNetwork);
  return (text) => {
    const address = parseAddress(text);
    if (address === null) return false;
    const parsed = ipaddr.process(address);
    return networks.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  };
}

function parseNetwork(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Says once, in the log, that a trusted proxy writes something that can't be counted. */
export function warnOfUnreadableAddresses(app: FastifyInstance, log: Log): void {
  let isLogged = false;
  app.addHook('onRequest', async (request) => {
    if (isLogged || !request.ip || parseAddress(request.ip) !== null) return;
    isLogged = true;
    log.warn(
      { forwardedFor: request.headers['x-forwarded-for']?.slice(0, 200) },
      'a trusted proxy sends an X-Forwarded-For that holds no address: such clients are counted as one. This is logged once',
    );
  });
}
