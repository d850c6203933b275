import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeOutbox } from '../../src/cli/outbox.ts';
import { insertUser } from '../harness/insert-user.ts';
import { type MailServer, startMailServer } from '../harness/mail-server.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('mail through a mail server', () => {
  let smtp: MailServer;
  let server: TestServer;

  beforeAll(async () => {
    smtp = await startMailServer();
    server = await startTestServer({
      environment: {
        NODE_ENV: 'production',
        MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
        BASE_URL: 'https://auth.example.org',
        SMTP_URL: smtp.url,
        MAIL_FROM: 'mana <no-reply@example.org>',
      },
    });
  });
  afterEach(() => smtp.setMode({}));
  afterAll(async () => {
    await server.close();
    await smtp.stop();
  });

  const mailsTo = (email: string) => smtp.received.filter((text) => text.includes(`To: ${email}`));
  const waitingKinds = async () =>
    (
      await server.owner
        .selectFrom('auth.outbox')
        .select('kind')
        .where('delivered_at', 'is', null)
        .execute()
    ).map(({ kind }) => kind);

  it('delivers the link to the address, from the configured sender and host', async () => {
    const email = freshEmail();
    await server.client().expectSuccess('auth.register', { email, password: PASSWORD, name: 'A' });
    await expect.poll(() => mailsTo(email)).toHaveLength(1);
    const [text] = mailsTo(email);
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

  it('A3: that is away loses no mail, and is charged to nobody: requests of one kind wait as one', async () => {
    const { email } = await insertUser(server);
    const forget = () => server.client().expectSuccess('auth.forgotPassword', { email });
    await smtp.stop();
    for (let i = 0; i < 6; i += 1) expect(await forget()).toEqual({ sent: true });
    const { url } = { url: server.database.appUrl };
    await expect
      .poll(() => describeOutbox(url))
      .toEqual([
        expect.stringMatching(/^kind +waiting +oldest +next attempt +last error$/),
        expect.stringMatching(/^password-reset +1 +\S+ \S+Z +\S+ \S+Z +ECONNREFUSED$/),
      ]);
    await smtp.start();
    await expect.poll(() => mailsTo(email), { timeout: 15_000 }).toHaveLength(1);
    await expect.poll(() => describeOutbox(url)).toEqual(['No mail waits for delivery.']);
    for (let i = 2; i <= 5; i += 1) {
      await forget();
      await expect.poll(() => mailsTo(email)).toHaveLength(i);
    }
    const lines = server.logLines.filter(({ msg }) => msg.startsWith('mail not sent'));
    expect(lines).toHaveLength(1);
    expect(server.logText()).not.toContain('reset-password?token');
  });

  it('C1: that defers a mail gets it again, once', async () => {
    smtp.setMode({ greylists: true });
    const email = freshEmail();
    await server.client().expectSuccess('auth.register', { email, password: PASSWORD, name: 'A' });
    await expect.poll(() => mailsTo(email), { timeout: 15_000 }).toHaveLength(1);
    await expect.poll(waitingKinds).toEqual([]);
    expect(mailsTo(email)).toHaveLength(1);
  });

  it('C1: that refuses a recipient for good is asked once, and the log says so', async () => {
    smtp.setMode({ refusesWith: 550 });
    const email = freshEmail();
    await server.client().expectSuccess('auth.register', { email, password: PASSWORD, name: 'A' });
    await expect.poll(waitingKinds).toEqual([]);
    const line = server.logLines.find(({ msg }) => msg.startsWith('a mail was given up'));
    expect(line).toMatchObject({ kind: 'verification', reason: '550' });
  });

  it('C1: is shown no mail of a change that was rolled back', async () => {
    const email = freshEmail();
    const rolledBack = server.deps.db.transaction().execute(async (trx) => {
      const mail = { to: email, subject: 'S', text: 'T' };
      await server.deps.mailer.queue(trx, { kind: 'notice', to: email, mail, ttlSeconds: 60 });
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    server.deps.mailer.wake();
    const { email: next } = await insertUser(server);
    await server.client().expectSuccess('auth.forgotPassword', { email: next });
    await expect.poll(() => mailsTo(next)).toHaveLength(1);
    expect(mailsTo(email)).toEqual([]);
  });

  it('C1: keeps neither text nor link readable in the database, and no row that is of no use', async () => {
    const { email } = await insertUser(server);
    await smtp.stop();
    await server.client().expectSuccess('auth.forgotPassword', { email });
    const rows = server.owner.selectFrom('auth.outbox').selectAll().where('recipient', '=', email);
    const [waiting] = await rows.execute();
    expect(waiting?.payload).not.toMatch(/token|reset|Hello/);
    await server.owner
      .updateTable('auth.outbox')
      .set({ expires_at: new Date(0), next_attempt_at: new Date(0), is_claimed: false })
      .where('recipient', '=', email)
      .execute();
    await expect.poll(() => rows.execute(), { timeout: 15_000 }).toEqual([]);
    await smtp.start();
    expect(mailsTo(email)).toEqual([]);
  });
});
