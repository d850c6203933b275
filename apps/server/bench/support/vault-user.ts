import { randomBytes, randomUUID } from 'node:crypto';
import { asUser } from '@mana/db/client/user-context';
import { sql } from 'kysely';
import { pino } from 'pino';
import { parseEnvironment } from '../../src/config/config.ts';
import { fetchKey } from '../../src/domains/vault/keys/fetch-key.repository.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import { createCaller } from '../../src/router.ts';
import { createDeps } from '../../src/start/create-deps.ts';
import { migrateDatabase } from '../../src/start/migrate-database.ts';
import { insertVault } from '../../test/harness/insert-vault.ts';
import { isSmoke } from './rounds.ts';

/** Enough that none exceeds the fetches that one user may make in a minute. */
const USERS = isSmoke ? 300 : 15_000;
const HOUR_MS = 3_600_000;

/** Users with vaults, and the inside of a server, in this process. */
export interface VaultBench {
  /** `vault.key` of the next user, through everything but HTTP. */
  fetchKey(): Promise<unknown>;
  /** What `vault.key` sends to the database, for the next user. */
  runFunction(): Promise<unknown>;
  /** The same, statement by statement. */
  runStatements(): Promise<unknown>;
  close(): Promise<void>;
}

/** Fills the database with users, each with a vault, and builds the server's insides on it. */
export async function openVaultBench(databaseUrl: string): Promise<VaultBench> {
  const log = pino({ level: 'fatal' });
  const config = parseEnvironment({
    DATABASE_URL: databaseUrl,
    MANA_AUTH_SECRET: 'a secret of the bench, and of nothing else',
    MANA_AUTH_KEK: randomBytes(32).toString('base64'),
    CALLS_PER_MINUTE: '1000000',
  });
  await migrateDatabase({ appUrl: databaseUrl, ownerUrl: databaseUrl }, log);
  const transport = createOutbox(() => undefined);
  const { deps, close } = await createDeps({
    config,
    log,
    transport,
    databaseUrl,
    now: () => new Date(),
    onWait: () => undefined,
    signal: new AbortController().signal,
  });

  const users: { id: string; sessionId: string; call: ReturnType<typeof createCaller> }[] = [];
  const origin = { address: '192.0.2.1', userAgent: 'bench', origin: null, cookie: null };
  for (let i = 0; i < USERS; i += 1) {
    const [id, sessionId] = [randomUUID(), randomUUID()];
    await deps.db
      .insertInto('auth.users')
      .values({ id, name: 'Bench', email: `${id}@example.org`, email_verified: true })
      .execute();
    const expires_at = new Date(Date.now() + HOUR_MS);
    await deps.db
      .insertInto('auth.sessions')
      .values({ id: sessionId, token: sessionId, user_id: id, expires_at })
      .execute();
    // As the SDK calls: with an access token.
    const { accessToken } = await deps.accessTokens.sign({
      sub: id,
      email: `${id}@example.org`,
      role: 'user',
      tier: 'public',
      sid: sessionId,
    });
    const request = {
      id: randomUUID(),
      ...origin,
      authorization: `Bearer ${accessToken}`,
    };
    const call = createCaller({ deps, request, responseHeaders: new Headers() });
    await insertVault({ owner: deps.db, deps }, id);
    users.push({ id, sessionId, call });
  }
  let turn = 0;
  const next = () => {
    turn = (turn + 1) % USERS;
    const user = users[turn];
    if (!user) throw new Error('There are no users');
    return user;
  };
  return {
    fetchKey: () => next().call.vault.key(),
    runFunction() {
      const request = { id: 'bench', ...origin, authorization: null };
      const about = { request, now: new Date(), perMinute: 1_000 };
      return fetchKey(deps.db, { id: next().sessionId }, about);
    },
    runStatements() {
      const { id } = next();
      return asUser(deps.db, id, async (trx) => {
        await sql`
          select wrapped_mk, wrap_iv, format_version, kek_id, generation
          from auth.encryption_vaults where user_id = ${id}
        `.execute(trx);
        await sql`
          insert into auth.encryption_vault_audit (user_id, action, context, status)
          values (${id}, 'reference', ${id}, 'OK')
        `.execute(trx);
      });
    },
    close,
  };
}
