import { describe, expect, it } from 'vitest';
import { parseAddress, toClientNetwork } from './client-network.ts';

describe('S23: toClientNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::1', '::/64'],
  ])('counts %s under %s', (address, network) => {
    expect(toClientNetwork(address)).toBe(network);
  });

  it.each([null, '', 'unknown', '192.0.2.7, 10.0.0.1', '<script>', '999.1.1.1'])(
    'counts %j under the one unknown network, so that nobody escapes a limit',
    (address) => {
      expect(toClientNetwork(address)).toBe('unknown');
    },
  );
});

describe('S23: parseAddress', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:50123', '198.51.100.7'],
    ['2001:db8::9', '2001:db8::9'],
    ['2001:db8::9:443', '2001:db8::9:443'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['[::ffff:198.51.100.7]:1', '::ffff:198.51.100.7'],
  ])('reads %s as %s', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '198.51.100.7:',
    '198.51.100.7:x',
    ':80',
    '[]:80',
    '[::1',
    '::1]',
    '[::1]x',
  ])('finds no address in %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});
