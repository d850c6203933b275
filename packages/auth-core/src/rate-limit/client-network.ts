import ipaddr from 'ipaddr.js';

/** One customer usually gets a whole /64, so counting single addresses would be in vain. */
const IPV6_PREFIX_BITS = 64;

/**
 * The network to count a client under: an IPv4 address itself (also when mapped into IPv6), an IPv6
 * address by its /64. A missing or malformed one shares the network `unknown`, so that nobody escapes a
 * limit with a malformed header. Pure.
 */
export function toClientNetwork(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_PREFIX_BITS}`);
  return `${network.toString()}/${IPV6_PREFIX_BITS}`;
}
