import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '@mana/db/embedded/start';
import { startEmbeddedPostgres } from '@mana/db/embedded/start';
import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../src/server.ts';
import { startServer } from '../../src/server.ts';
import type { Answer } from '../harness/api-client.ts';
import { ApiClient } from '../harness/api-client.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { waitForMailedLink } from '../harness/mailed-link.ts';
import { freshEmail, PASSWORD } from '../harness/test-server.ts';

/** 10,000 takes minutes; fewer find the same in CI. */
const SIGN_INS = Number(process.env['SIGN_INS'] ?? 600);
/** However fast the sign-ins are, they go on until there have been this many. */
const ENOUGH_KILLS = 3;
const PEOPLE = 12;
const UP_MS = 1500;
const DOWN_MS = 400;

/** A user who keeps a session, and counts up a number in their profile. */
interface Person {
  readonly email: string;
  readonly home: ApiClient;
  acknowledged: number;
}

describe('S31, S20: mixed sign-ins while Postgres is killed and started every few seconds', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let proxy: FaultProxy;
  let server: RunningServer;
  let people: Person[] = [];
  let kills = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mana-restarts-'));
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    // It comes back on another port; the proxy asks for it at each connection.
    const target = {
      host: '127.0.0.1',
      get port() {
        return Number(new URL(postgres.appUrl).port);
      },
    };
    proxy = await startFaultProxy(target);
    const config = createTestConfig({
      DATABASE_URL: proxy.url(postgres.appUrl),
      MIGRATION_DATABASE_URL: proxy.url(postgres.ownerUrl),
      DATABASE_TIMEOUT_MS: '2000',
    });
    const { log } = createCapturedLog();
    server = await startServer({ config, log, onMail: () => undefined, now: () => new Date() });
    await server.ready;
    people = await Promise.all(Array.from({ length: PEOPLE }, createPerson));
  });
  afterAll(async () => {
    await server.close();
    await proxy.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const createClient = () => new ApiClient(`http://127.0.0.1:${server.port}`);

  async function createPerson(): Promise<Person> {
    const email = freshEmail();
    const home = createClient();
    await home.expectSuccess('auth.register', { email, password: PASSWORD, name: '0' });
    const link = await waitForMailedLink(server, email);
    await home.expectSuccess('auth.verifyEmail', {
      token: new URL(link).searchParams.get('token'),
    });
    await home.expectSuccess('auth.login', { email, password: PASSWORD });
    return { email, home, acknowledged: 0 };
  }

  /** Kills Postgres as a power cut would, and starts it again, until told to stop. */
  async function keepKilling(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(UP_MS * (0.5 + Math.random()));
      await postgres.stop('immediate');
      kills += 1;
      await delay(DOWN_MS * Math.random());
      postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    }
  }

  it('lock nobody, sign nobody out, and lose nothing that was acknowledged', async () => {
    const stop = new AbortController();
    const killing = keepKilling(stop.signal);
    const sessions: ApiClient[] = [];
    const codes = new Map<string, number>();
    let left = SIGN_INS;

    const note = (what: string, answer: Answer): Answer => {
      const key = `${what} ${answer.code ?? 'ok'}`;
      codes.set(key, (codes.get(key) ?? 0) + 1);
      return answer;
    };
    /** As an SDK does: retries after a fault, and after nothing else. */
    async function untilJudged(what: string, call: () => Promise<Answer>): Promise<Answer> {
      for (;;) {
        left -= 1;
        const answer = note(what, await call());
        if (answer.code !== 'SERVICE_UNAVAILABLE') return answer;
        await delay(50 + 100 * Math.random());
      }
    }

    async function live(person: Person): Promise<void> {
      const { email, home } = person;
      while (left > 0 || kills < ENOUGH_KILLS) {
        const stranger = createClient();
        const wrong = { email, password: 'a wrong guess' };
        await untilJudged('wrong', () => stranger.call('auth.login', wrong));
        const right = { email, password: PASSWORD };
        const answer = await untilJudged('right', () => stranger.call('auth.login', right));
        if (answer.status === 200) sessions.push(stranger);

        note('session', await home.call('auth.refresh'));
        const name = String(person.acknowledged + 1);
        const change = note('change', await home.call('auth.updateProfile', { name }));
        if (change.status === 200) person.acknowledged += 1;
      }
    }
    await Promise.all(people.map(live));
    stop.abort();
    await killing;
    const isServing = () => people[0]?.home.call('auth.profile').then(({ status }) => status);
    await expect.poll(isServing).toBe(200);

    process.stderr.write(`${kills} kills; ${JSON.stringify(Object.fromEntries(codes))}\n`);
    expect(kills).toBeGreaterThanOrEqual(ENOUGH_KILLS);
    const allowed = ['wrong INVALID_CREDENTIALS', 'right ok', 'session ok', 'change ok'];
    const seen = [...codes.keys()].filter((key) => !key.endsWith('SERVICE_UNAVAILABLE'));
    expect(seen.toSorted()).toEqual(allowed.toSorted());

    for (const { email, home, acknowledged } of people) {
      const { user } = (await home.expectSuccess('auth.profile')) as { user: { name: string } };
      expect(Number(user.name)).toBeGreaterThanOrEqual(acknowledged);
      const input = { email, password: PASSWORD };
      expect((await createClient().call('auth.login', input)).status).toBe(200);
    }
    for (const session of sessions) expect((await session.call('auth.profile')).status).toBe(200);
  }, 900_000);
});
