import ipaddr from 'ipaddr.js';

/** One customer usually gets a whole /64, so counting single addresses would be in vain. */
const IPV6_PREFIX_BITS = 64;

/** `198.51.100.7:50123`, `[2001:db8::9]:443` and `[2001:db8::9]`, as proxies write them (RFC 7239 section 6). */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]*)\](?::\d{1,5})?|(?<ipv4>[\d.]+):\d{1,5})$/;

/** An IP address without the brackets and the port that a proxy may have put around it; null if it is none. Pure. */
export function parseAddress(text: string): string | null {
  const { ipv6, ipv4 } = WITH_PORT.exec(text)?.groups ?? {};
  const address = ipv6 ?? ipv4 ?? text;
  return ipaddr.isValid(address) ? address : null;
}

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
