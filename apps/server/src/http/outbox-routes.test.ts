import { describe, expect, it } from 'vitest';
import { createTestConfig } from '../../test/harness/config.ts';
import { createCapturedLog } from '../../test/harness/log-lines.ts';
import { createApp } from '../app.ts';
import { createOutbox } from '../mail/outbox.ts';
import { appRouter } from '../router.ts';

/** The status of the page for a caller at `remoteAddress` who sends these headers. */
async function open(
  headers: Record<string, string>,
  { remoteAddress = '127.0.0.1', ...environment }: Record<string, string> = {},
): Promise<number> {
  const app = await createApp({
    config: createTestConfig({ NODE_ENV: '', PASSKEYS: 'off', ...environment }),
    log: createCapturedLog().log,
    router: appRouter,
    outbox: createOutbox(() => undefined),
    getDeps: () => 'not needed',
  });
  const { statusCode } = await app.inject({ url: '/dev/outbox', headers, remoteAddress });
  await app.close();
  return statusCode;
}

describe('the outbox page, which shows live tokens', () => {
  it.each([
    'localhost:3000',
    'LOCALHOST',
    'localhost.',
    'mana.localhost',
    '127.0.0.1:3000',
    '127.8.8.8',
    '[::1]:3000',
  ])('is shown on the machine itself, under %s', async (host) => {
    expect(await open({ host })).toBe(200);
    expect(await open({ host }, { remoteAddress: '::1' })).toBe(200);
    expect(await open({ host }, { remoteAddress: '::ffff:127.0.0.1' })).toBe(200);
  });

  it.each([
    'auth.example.org',
    'localhost.example.org',
    '127.0.0.1.nip.io',
    '127.0.0.1@example.org',
    '192.0.2.1:3000',
    '[2001:db8::1]',
    '/localhost',
  ])('isn’t there under the host %j', async (host) => {
    expect(await open({ host })).toBe(404);
  });

  it.each(['192.0.2.1', '10.0.0.1', '2001:db8::1', '::ffff:192.0.2.1'])(
    'isn’t there for another machine (%s)',
    async (remoteAddress) => {
      expect(await open({ host: 'localhost' }, { remoteAddress })).toBe(404);
    },
  );

  it.each(['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'])(
    'isn’t there through a proxy or tunnel on the machine that gives its own Host, and sends %s',
    async (name) => {
      expect(await open({ host: 'localhost', [name]: '127.0.0.1' })).toBe(404);
      const behindProxy = { TRUSTED_PROXIES: '127.0.0.1' };
      expect(await open({ host: 'localhost', [name]: '127.0.0.1' }, behindProxy)).toBe(404);
    },
  );

  it.each(['https://auth.example.org', 'http://192.0.2.1:3000', 'http://localhost.example.org'])(
    'isn’t served at all while BASE_URL is %s, also without NODE_ENV',
    async (BASE_URL) => {
      expect(await open({ host: 'localhost' }, { BASE_URL })).toBe(404);
    },
  );
});
