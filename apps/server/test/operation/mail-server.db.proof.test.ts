import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../harness/mail-server.ts';
import { freshEmail, PASSWORD, startTestServer, type TestServer } from '../harness/test-server.ts';

const PEOPLE = 12;
/** Longer than many clients wait. */
const SLOW_GREETING_MS = 12_000;
const ARRIVAL = { timeout: 90_000, interval: 100 };

describe('every mail arrives once the mail server can take it, and once only', () => {
  let smtp: MailServer;
  let server: TestServer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    smtp = await startMailServer();
    environment = { SMTP_URL: smtp.url };
    server = await startTestServer({ environment });
  });
  afterEach(() => smtp.setMode({}));
  afterAll(async () => {
    await server.close();
    await smtp.stop();
  });

  /** Has a mail sent to each of several people. */
  async function mailPeople(count = PEOPLE): Promise<string[]> {
    const people = Array.from({ length: count }, () => freshEmail());
    for (const email of people) {
      const input = { email, password: PASSWORD, name: 'A' };
      await server.client().expectSuccess('auth.register', input);
    }
    return people;
  }

  const countMails = (people: readonly string[]) =>
    people.map((email) => smtp.received.filter((text) => text.includes(`To: ${email}`)).length);

  /** All have one mail, nothing waits, and nobody gets another. */
  async function expectOneEach(people: readonly string[]): Promise<void> {
    const one = people.map(() => 1);
    await expect.poll(() => countMails(people), ARRIVAL).toEqual(one);
    const waiting = server.owner
      .selectFrom('auth.outbox')
      .select('id')
      .where('delivered_at', 'is', null);
    await expect.poll(() => waiting.execute(), ARRIVAL).toEqual([]);
    expect(countMails(people)).toEqual(one);
  }

  it('after it was away', async () => {
    await smtp.stop();
    const people = await mailPeople();
    await expect
      .poll(() => server.logLines.some(({ msg }) => msg.startsWith('mail not sent')))
      .toBe(true);
    await smtp.start();
    await expectOneEach(people);
  });

  it('if it defers everybody at first', async () => {
    smtp.setMode({ greylists: true });
    await expectOneEach(await mailPeople());
  });

  it('if it lets clients wait for its greeting', async () => {
    // New connections only: those that are open have been greeted.
    await smtp.stop();
    smtp.setMode({ greetingMs: SLOW_GREETING_MS });
    await smtp.start();
    await expectOneEach(await mailPeople());
  });

  it('if it closes connections that are idle', async () => {
    smtp.setMode({ closesIdle: true });
    const people: string[] = [];
    for (let i = 0; i < PEOPLE; i += 1) {
      people.push(...(await mailPeople(1)));
      await delay(50);
    }
    await expectOneEach(people);
  });

  it('if it is restarted while it is asked', async () => {
    smtp.setMode({ hangsAtRecipient: true });
    const people = await mailPeople();
    await delay(500);
    await smtp.stop();
    smtp.setMode({});
    await smtp.start();
    await expectOneEach(people);
  });

  it('if two servers of ours deliver, and one of them is replaced by the other', async () => {
    const { database } = server;
    const next = await startTestServer({
      environment: { ...environment, MANA_AUTH_SECRET: server.deps.secrets.current },
      database: async () => ({ ...database, drop: async () => undefined }),
    });
    await expectOneEach(await mailPeople());
    await smtp.stop();
    const people = await mailPeople();
    await server.deps.mailer.stop();
    await smtp.start();
    await expectOneEach(people);
    await next.close();
  });
});
