import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findFreePort,
  prepareServerStarts,
  signUpAt,
  untilReady,
} from '../harness/server-starts.ts';
import { PASSWORD } from '../harness/test-server.ts';

describe('starting and stopping', () => {
  const { start, folder } = prepareServerStarts();

  it('needs nothing, says where everything is, and keeps accounts and sessions over a restart', async () => {
    const port = await findFreePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: folder('kept') };
    const first = start(environment);
    await untilReady(first);
    await expect
      .poll(first.output)
      .toMatch(
        /account pages .*\/sign-up[\s\S]*outbox .*\/dev\/outbox[\s\S]*database [\s\S]*Next:/,
      );

    const email = 'kept@example.org';
    const client = await signUpAt(first, email);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);

    const server = start(environment);
    await untilReady(server);
    await client.expectSuccess('auth.profile');
    await client.expectSuccess('auth.login', { email, password: PASSWORD });
  });

  it('keeps its development secret from others', async () => {
    const data = folder('kept');
    expect((await readFile(join(data, 'secret'), 'utf8')).length).toBeGreaterThan(40);
    expect((await stat(join(data, 'secret'))).mode & 0o077).toBe(0);
  });

  it('lists every problem of its environment at once, without the values', async () => {
    const server = start({
      NODE_ENV: 'production',
      PORT: 'eighty',
      MANA_AUTH_SECRET: 'too short',
      DATABASE_URL: 'mysql://root:hunter2@localhost/x',
      TRUSTED_ORIGINS: 'https://app.example.org/path',
    });
    expect(await server.ended).toBe(1);
    for (const name of [
      'PORT',
      'MANA_AUTH_SECRET',
      'DATABASE_URL',
      'TRUSTED_ORIGINS',
      'BASE_URL',
      'SMTP_URL',
      'MANA_AUTH_KEK',
    ]) {
      expect(server.output()).toContain(`- ${name} `);
    }
    expect(server.output()).not.toMatch(/hunter2|too short/);
  });
});
