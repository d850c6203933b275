import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

const CALLS_PER_MINUTE = 10;

describe('S23: a client is counted by its network', () => {
  let proxied: TestServer;
  let direct: TestServer;
  beforeAll(async () => {
    const environment = { CALLS_PER_MINUTE: String(CALLS_PER_MINUTE) };
    proxied = await startTestServer({
      environment: { ...environment, TRUSTED_PROXIES: '127.0.0.1,10.9.0.0/16' },
    });
    direct = await startTestServer({ environment });
  });
  afterAll(async () => {
    await proxied.close();
    await direct.close();
  });

  /** How many of 15 calls are answered, each with one of the headers in turn. */
  async function countAnswered(server: TestServer, forwarded: readonly string[]): Promise<number> {
    let answered = 0;
    for (let i = 0; i < CALLS_PER_MINUTE + 5; i += 1) {
      const headers = { 'x-forwarded-for': forwarded[i % forwarded.length] ?? '' };
      const { status, code } = await server.client().call('auth.signupStatus', undefined, {
        method: 'GET',
        headers,
      });
      if (status === 200) answered += 1;
      else expect(code).toBe('RATE_LIMITED');
    }
    return answered;
  }

  it.each([
    [
      'all IPv6 addresses of a /64',
      ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2', '2001:DB8::7:0:0:0:3'],
    ],
    [
      'an IPv4 address and the same one mapped into IPv6',
      ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201'],
    ],
    [
      'the nearest address that isn’t a proxy, whatever is put before it',
      ['192.0.2.2', '198.51.100.1, 192.0.2.2', 'x, , 192.0.2.2'],
    ],
    [
      'clients that send something other than an address',
      ['unknown', '999.1.1.1', '"192.0.2.3"', '192.0.2.3:', '192.0.2.3:80:80', '[::1', '<script>'],
    ],
    [
      'an IPv4 address with any port, or none',
      ['198.51.100.7:50123', '198.51.100.7:50124', '198.51.100.7', '[::ffff:198.51.100.7]:1'],
    ],
    [
      'an IPv6 network with any port, in brackets or without',
      ['[2001:db8:0:a::9]:443', '[2001:db8:0:a::9]', '2001:db8:0:a::7'],
    ],
    [
      'a client whose proxies write ports',
      ['203.0.113.50:1, 10.9.0.1:443', '203.0.113.50:2, [::ffff:10.9.0.2]:443, 10.9.0.3'],
    ],
  ])('behind a trusted proxy: %s count as one', async (_name, forwarded) => {
    expect(await countAnswered(proxied, forwarded)).toBe(CALLS_PER_MINUTE);
  });

  it.each([
    ['', ['2001:db8:0:8::1', '2001:db8:0:9::1']],
    [', with a port', ['198.51.100.8:50123', '198.51.100.9:50123']],
    [', in brackets', ['[2001:db8:0:b::9]:443', '[2001:db8:0:c::9]:443']],
  ])('behind a trusted proxy: two networks%s are counted separately', async (_name, forwarded) => {
    expect(await countAnswered(proxied, forwarded)).toBe(CALLS_PER_MINUTE + 5);
  });

  it('behind a trusted proxy: what is no address is logged, once', async () => {
    const isAboutAddress = ({ msg }: { msg: string }) => msg.includes('X-Forwarded-For');
    const headers = { 'x-forwarded-for': 'not an address' };
    for (let i = 0; i < 3; i += 1) await proxied.client().call('health', undefined, { headers });
    expect(proxied.logLines.filter(isAboutAddress)).toHaveLength(1);
    expect(direct.logLines.filter(isAboutAddress)).toEqual([]);
  });

  it('without a trusted proxy: the header is ignored', async () => {
    const forwarded = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
    expect(await countAnswered(direct, forwarded)).toBe(CALLS_PER_MINUTE);
  });
});
