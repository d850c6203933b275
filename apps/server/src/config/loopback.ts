import ipaddr from 'ipaddr.js';

/** Whether a host, as a URL has it, is a name or address of the machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  return /(^|\.)localhost$/.test(host) || isLoopbackAddress(host);
}

/** Whether an IP address is one that only the machine itself can call from, also when mapped into IPv6. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
