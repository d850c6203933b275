import { parseKekId, parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { createKeyRing } from '@mana/auth-core/vault/keys/key-ring';
import { generateMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import type { Database } from '@mana/db/schema/database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { rewrapVaults } from '../../src/domains/vault/rewrap/rewrap.service.ts';
import { migrateDatabase } from '../../src/start/migrate-database.ts';
import type { Measure } from './rounds.ts';

const BATCH_SIZE = 100;
const KEKS = ['one', 'other'] as const;
type KekName = (typeof KEKS)[number];
/** Opens the keys, with one of the two active. */
export type CreateProvider = (active: KekName) => Promise<KeyProvider>;

/** Wraps and opens as `mana vault rewrap` does. */
export const withCryptography: CreateProvider = (active) =>
  createKeyRing({
    activeKekId: parseKekId(active),
    keks: KEKS.map((id, i) => ({ id: parseKekId(id), bytes: new Uint8Array(32).fill(i + 1) })),
  });

/** Returns immediately, with wraps as long as real ones. */
export const withoutCryptography: CreateProvider = async (active) => ({
  activeKekId: parseKekId(active),
  kekIds: KEKS.map((id) => parseKekId(id)),
  wrap: async () => ({
    wrapped: `${active}${'A'.repeat(108 - active.length)}`,
    iv: 'A'.repeat(16),
    formatVersion: 2,
    kekId: active,
  }),
  unwrap: async () => new Uint8Array(32),
});

/** Moves that many vaults from one KEK to the other and back; measures how many per second. */
export async function openRewrap(
  databaseUrl: string,
  vaults: number,
  createProvider: CreateProvider,
): Promise<{ readonly run: Measure; close(): Promise<void> }> {
  await migrateDatabase({ appUrl: databaseUrl, ownerUrl: databaseUrl }, pino({ level: 'fatal' }));
  // One connection, as the command has.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await fill(db, vaults, await createProvider('one'));

  let active: KekName = 'one';
  return {
    async run() {
      active = active === 'one' ? 'other' : 'one';
      const start = performance.now();
      const { moved } = await rewrapVaults(db, await createProvider(active), {
        isDryRun: false,
        batchSize: BATCH_SIZE,
        onStart: () => undefined,
        onBatch: () => undefined,
      });
      if (moved !== vaults) throw new Error(`${moved} of ${vaults} vaults were moved`);
      return (moved * 1000) / (performance.now() - start);
    },
    close: () => db.destroy(),
  };
}

async function fill(db: Kysely<Database>, vaults: number, provider: KeyProvider): Promise<void> {
  const rows = await Promise.all(
    Array.from({ length: vaults }, async (_, i) => {
      const id = `user-${i}`;
      const owner = { userId: parseUserId(id), generation: 1 };
      const { wrapped, iv } = await wrapMasterKey(provider, generateMasterKey(), owner);
      return { id, wrapped, iv };
    }),
  );
  const json = JSON.stringify(rows);
  await sql`insert into auth.keks (kek_id) select unnest(${[...KEKS]}::text[])`.execute(db);
  await sql`
    insert into auth.users (id, name, email)
    select id, id, id || '@example.org' from json_to_recordset(${json}) as row (id text)
  `.execute(db);
  await sql`
    insert into auth.encryption_vaults (user_id, wrapped_mk, wrap_iv, format_version, kek_id)
    select id, wrapped, iv, 2, 'one'
    from json_to_recordset(${json}) as row (id text, wrapped text, iv text)
  `.execute(db);
}
