import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('mail through a mail server', () => {
  const received: string[] = [];
  let smtp: SMTPServer;
  let server: TestServer;

  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          received.push(text);
          done();
        });
      },
    });
    const listening = smtp.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    server = await startTestServer({
      environment: {
        NODE_ENV: 'production',
        MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
        BASE_URL: 'https://auth.example.org',
        SMTP_URL: `smtp://127.0.0.1:${port}`,
        MAIL_FROM: 'mana <no-reply@example.org>',
      },
    });
  });
  afterAll(async () => {
    await server.close();
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  });

  it('delivers the link to the address, from the configured sender and host', async () => {
    const email = freshEmail();
    await server.client().expectSuccess('auth.register', { email, password: PASSWORD, name: 'A' });
    await expect.poll(() => received.length).toBe(1);
    const text = received[0]?.replaceAll('=\r\n', '') ?? '';
    expect(text).toContain(`To: ${email}`);
    expect(text).toContain('From: mana <no-reply@example.org>');
    expect(text).toContain('https://auth.example.org/api/auth/verify-email?token');
  });

  it('replaces the outbox in production', async () => {
    const response = await fetch(`${server.origin}/dev/outbox`);
    expect(response.status).toBe(404);
  });

  it('marks the cookies of an HTTPS host as `__Host-`, secure and out of reach for scripts', async () => {
    const { headers } = await server.deps.auth.api.signOut({
      headers: new Headers(),
      returnHeaders: true,
    });
    const cookie = headers
      .getSetCookie()
      .find((line) => line.startsWith('__Host-mana.session_token='));
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; Secure/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).not.toMatch(/Domain/i);
  });

  it('is sent after the response: a mail server that is down fails no sign-up, and is logged once', async () => {
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
    const email = freshEmail();
    await server.client().expectSuccess('auth.register', { email, password: PASSWORD, name: 'A' });
    await expect
      .poll(() => server.logLines.filter((line) => line.msg.startsWith('mail not sent')).length)
      .toBe(1);
    expect(server.logText()).not.toContain('verify-email?token');
  });
});
