import { setTimeout as delay } from 'node:timers/promises';
import { APP_ROLE, DATABASE_NAME, OWNER_ROLE } from '@mana/db/embedded/roles';
import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import type { PromotablePostgres } from '@mana/db/testing/promotable-postgres';
import { startPromotablePostgres } from '@mana/db/testing/promotable-postgres';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const PEOPLE = 6;
const CHANGES_BEFORE = 60;
/** Once the address is switched; a multiple of what it takes on a busy machine. */
const HEALED_WITHIN_MS = 15_000;
const RETRY_MS = 50;

/** A user who keeps a session, signs in elsewhere, and counts up a number in their profile. */
interface Person {
  readonly email: string;
  readonly home: ApiClient;
  acknowledged: number;
}

describe('a standby that is promoted after the first server was killed under load', () => {
  let postgres: PromotablePostgres;
  let proxy: FaultProxy;
  let server: TestServer;
  let port: number;
  let people: Person[] = [];
  const sessions: ApiClient[] = [];
  const outcomes = new Set<string>();

  beforeAll(async () => {
    postgres = await startPromotablePostgres();
    const { first } = postgres;
    port = first.port;
    proxy = await startFaultProxy({
      host: '127.0.0.1',
      get port() {
        return port;
      },
    });
    const database = {
      name: DATABASE_NAME,
      ownerRole: OWNER_ROLE,
      appRole: APP_ROLE,
      ownerUrl: proxy.url(first.ownerUrl),
      appUrl: proxy.url(first.appUrl),
      adminUrl: proxy.url(first.superuserUrl),
      drop: async () => undefined,
    };
    server = await startTestServer({
      database: async () => database,
      environment: { DATABASE_TIMEOUT_MS: '2000' },
    });
    people = await Promise.all(Array.from({ length: PEOPLE }, createPerson));
  }, 60_000);
  afterAll(async () => {
    await server.close();
    await proxy.close();
    await postgres.stop();
  });

  async function createPerson(): Promise<Person> {
    const { email, client } = await insertUser(server);
    await client.expectSuccess('auth.updateProfile', { name: '0' });
    return { email, home: client, acknowledged: 0 };
  }

  const countChanges = () => people.reduce((sum, person) => sum + person.acknowledged, 0);
  const haveAllChanged = (since: readonly number[]) =>
    people.every((person, i) => person.acknowledged > (since[i] ?? 0));

  function note(what: string, answer: Answer): Answer {
    outcomes.add(`${what}: ${answer.code ?? 'ok'}`);
    return answer;
  }

  async function live(person: Person, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const elsewhere = server.client();
      const input = { email: person.email, password: PASSWORD };
      const signedIn = note('sign-in', await elsewhere.call('auth.login', input));
      if (signedIn.status === 200) sessions.push(elsewhere);
      note('session', await person.home.call('auth.refresh'));
      const name = String(person.acknowledged + 1);
      const change = note('change', await person.home.call('auth.updateProfile', { name }));
      if (change.status === 200) person.acknowledged += 1;
      else await delay(RETRY_MS);
    }
  }

  it('ends every error by itself within seconds', async () => {
    const stop = new AbortController();
    const living = Promise.all(people.map((person) => live(person, stop.signal)));
    try {
      await expect.poll(countChanges, { timeout: 30_000 }).toBeGreaterThan(CHANGES_BEFORE);
      await postgres.killFirst();
      await expect.poll(() => outcomes).toContain('change: SERVICE_UNAVAILABLE');
      await postgres.promote();
      port = postgres.standbyPort;

      const before = people.map(({ acknowledged }) => acknowledged);
      await expect.poll(() => haveAllChanged(before), { timeout: HEALED_WITHIN_MS }).toBe(true);
      const readyz = async () => (await fetch(`${server.origin}/readyz`)).status;
      await expect.poll(readyz, { timeout: HEALED_WITHIN_MS }).toBe(200);
    } finally {
      stop.abort();
      await living;
    }
  });

  it('loses nothing that was acknowledged', async () => {
    for (const { home, acknowledged } of people) {
      const { user } = (await home.expectSuccess('auth.profile')) as { user: { name: string } };
      expect(Number(user.name)).toBeGreaterThanOrEqual(acknowledged);
    }
    const alive = await Promise.all(sessions.map((session) => session.call('auth.profile')));
    expect(new Set(alive.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('blames nobody: no password was wrong, nothing was counted, and nobody is locked or signed out', async () => {
    const kinds = ['sign-in', 'session', 'change'];
    const allowed = kinds.flatMap((what) => [`${what}: ok`, `${what}: SERVICE_UNAVAILABLE`]);
    expect(allowed).toEqual(expect.arrayContaining([...outcomes]));
    const { rows } = await sql`
      select count(*)::int as failures from auth.login_attempts where not successful
    `.execute(server.owner);
    expect(rows).toEqual([{ failures: 0 }]);
    for (const { email } of people) {
      await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
    }
  });
});
