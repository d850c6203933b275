import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { openRecoveryWrap } from '@mana/auth-core/vault/recovery/recovery-wrap';
import { findFreePort } from '@mana/db/embedded/launch';
import type { EmbeddedPostgres } from '@mana/db/embedded/start';
import { startEmbeddedPostgres } from '@mana/db/embedded/start';
import type { Database } from '@mana/db/schema/database';
import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../src/server.ts';
import { ApiClient } from '../harness/api-client.ts';
import { createTestConfig } from '../harness/config.ts';
import { makeRecoveryWrap } from '../harness/insert-vault.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { waitForMailedLink } from '../harness/mailed-link.ts';
import { type ServerProcess, startServerProcess } from '../harness/server-process.ts';
import { freshEmail, PASSWORD } from '../harness/test-server.ts';
import { auditOf, vaultOf } from '../harness/vault-of.ts';

const SECONDS = Number(process.env['VAULT_KILL_SECONDS'] ?? 10);
/** However slow the machine, it goes on until it has this many. */
const ENOUGH_KILLS = 3;
const PEOPLE = 8;

interface Status {
  readonly initialised: boolean;
  readonly generation: number;
  readonly revision: number;
  readonly zeroKnowledge: boolean;
  readonly hasRecoveryWrap: boolean;
}

/** Somebody who changes their vault, and what their device knows of it. */
interface Person {
  readonly id: string;
  readonly client: ApiClient;
  /** Of the last change that was answered. */
  acknowledged: number;
  /** By generation, base64. */
  readonly masterKeys: Map<number, string>;
  /** By the wrap that it opens. */
  readonly secrets: Map<string, Uint8Array<ArrayBuffer>>;
}

describe('S31: vaults that are changed while the server and Postgres are killed', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let proxy: FaultProxy;
  let server: ServerProcess;
  let environment: Record<string, string>;
  let people: Person[];
  let kills = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mana-vault-kills-'));
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    // It comes back on another port; the proxy asks for it at each connection.
    proxy = await startFaultProxy({
      host: '127.0.0.1',
      get port() {
        return Number(new URL(postgres.appUrl).port);
      },
    });
    environment = {
      PORT: String(await findFreePort()),
      BASE_URL: 'http://localhost:3000',
      DATABASE_URL: proxy.url(postgres.appUrl),
      MIGRATION_DATABASE_URL: proxy.url(postgres.ownerUrl),
      DATABASE_TIMEOUT_MS: '2000',
      MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
      MANA_AUTH_KEK: randomBytes(32).toString('base64'),
    };
    people = await signUp(`http://127.0.0.1:${environment['PORT']}`);
    server = await startServerProcess(environment);
  });
  afterAll(async () => {
    await server.stop();
    await proxy.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function signUp(origin: string): Promise<Person[]> {
    const config = createTestConfig({ ...environment, PORT: '0' });
    const { log } = createCapturedLog();
    const first = await startServer({
      config,
      log,
      onMail: () => undefined,
      now: () => new Date(),
    });
    await first.ready;
    const made = await Promise.all(
      Array.from({ length: PEOPLE }, async () => {
        const email = freshEmail();
        const client = new ApiClient(`http://127.0.0.1:${first.port}`);
        await client.expectSuccess('auth.register', { email, password: PASSWORD, name: 'Kim' });
        const link = await waitForMailedLink(first, email);
        const token = new URL(link).searchParams.get('token');
        await client.expectSuccess('auth.verifyEmail', { token });
        const { user } = (await client.expectSuccess('auth.login', {
          email,
          password: PASSWORD,
        })) as { user: { id: string } };
        const moved = new ApiClient(origin);
        for (const [name, value] of client.cookies) moved.cookies.set(name, value);
        const [masterKeys, secrets] = [new Map(), new Map()];
        return { id: user.id, client: moved, acknowledged: 0, masterKeys, secrets };
      }),
    );
    await first.close();
    return made;
  }

  /** Ends one of the two abruptly, as a power cut would, and starts it again. */
  async function keepKilling(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(300 + 900 * Math.random());
      kills += 1;
      if (Math.random() < 0.5) {
        await server.kill();
        server = await startServerProcess(environment);
      } else {
        await postgres.stop('immediate');
        postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
      }
    }
  }

  /** What a call returned. Undefined if there was no answer, or only that of an outage. */
  async function ask(person: Person, path: string, input?: unknown) {
    const answer = await person.client.call(`vault.${path}`, input).catch(() => undefined);
    if (!answer || answer.code === 'SERVICE_UNAVAILABLE') {
      await delay(50);
      return undefined;
    }
    return answer;
  }

  async function change(person: Person, path: string, input?: object): Promise<void> {
    const answer = await ask(person, path, input);
    if (!answer) return;
    if (answer.status === 200) person.acknowledged = (answer.data as Status).revision;
    // A change whose answer was lost may be committed after the status was read.
    else expect(answer.code).toMatch(/^(VAULT_CONFLICT|ZK_\w+|RECOVERY_WRAP_MISSING)$/);
  }

  async function learnKey(person: Person): Promise<void> {
    const answer = await ask(person, 'key');
    const key = answer?.data as { masterKey: string; generation: number } | undefined;
    if (key) person.masterKeys.set(key.generation, key.masterKey);
  }

  async function changeOnce(person: Person): Promise<void> {
    const status = (await ask(person, 'status'))?.data as Status | undefined;
    if (!status) return;
    if (!status.initialised) return change(person, 'init');
    const { revision, generation } = status;
    const masterKey = person.masterKeys.get(generation);
    if (status.zeroKnowledge)
      return change(person, 'disableZeroKnowledge', { revision, masterKey });
    // In zero-knowledge mode it could never be read again.
    if (masterKey === undefined) return learnKey(person);
    if (status.hasRecoveryWrap && Math.random() < 0.6) {
      return change(person, 'enableZeroKnowledge', { revision });
    }
    if (Math.random() < 0.3) return change(person, 'rotate', { revision });
    const { input, secret } = await makeRecoveryWrap(masterKey, { userId: person.id, generation });
    person.secrets.set(input.recoveryWrappedMk, secret);
    return change(person, 'setRecoveryWrap', { revision, ...input });
  }

  it('keep every change that was answered, each completely, and can all be opened', async () => {
    const stop = new AbortController();
    const killing = keepKilling(stop.signal);
    const until = Date.now() + SECONDS * 1000;
    await Promise.all(
      people.map(async (person) => {
        while (Date.now() < until || kills < ENOUGH_KILLS) await changeOnce(person);
      }),
    );
    stop.abort();
    await killing;
    expect(kills).toBeGreaterThanOrEqual(ENOUGH_KILLS);

    const pool = new pg.Pool({ connectionString: postgres.ownerUrl, max: 2 });
    const owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    try {
      for (const person of people) await expectWhole(owner, person);
    } finally {
      await owner.destroy();
    }
    const changes = people.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    process.stderr.write(`${kills} kills, ${changes} changes\n`);
  }, 300_000);

  async function expectWhole(owner: Kysely<Database>, person: Person): Promise<void> {
    const vault = await vaultOf(owner, person.id);
    if (!vault) throw new Error('There is no vault');
    expect(vault.revision).toBeGreaterThanOrEqual(person.acknowledged);
    const changes = (await auditOf(owner, person.id)).filter((entry) => / OK$/.test(entry));
    expect(changes.filter((entry) => entry !== 'fetch OK')).toHaveLength(vault.revision);

    const known = person.masterKeys.get(vault.generation);
    if (vault.zero_knowledge) {
      const { recovery_wrapped_mk: wrapped, recovery_iv: iv, generation } = vault;
      const secret = person.secrets.get(wrapped ?? '');
      if (wrapped === null || iv === null || !secret) throw new Error('Nothing opens the vault');
      const wrap = { wrapped, iv, formatVersion: 2 };
      const holder = { userId: parseUserId(person.id), generation };
      expect(encodeBase64(await openRecoveryWrap(wrap, secret, holder))).toBe(known);
    } else {
      const key = (await person.client.expectSuccess('vault.key')) as { masterKey: string };
      expect(key.masterKey).toBe(known ?? key.masterKey);
    }
  }
});
