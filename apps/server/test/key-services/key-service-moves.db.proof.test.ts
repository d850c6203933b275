import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { generateMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import { createTestDatabase, type TestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openServerWrap } from '../../src/domains/vault/keys/server-wrap.ts';
import { readWraps } from '../../src/domains/vault/rewrap/rewrap.repository.ts';
import { registerActiveKek } from '../../src/key-providers/check-keks.ts';
import { openKeyProvider } from '../../src/key-providers/open-key-provider.ts';
import { createTestConfig } from '../harness/config.ts';
import { AWS, environmentWith } from '../harness/key-services/environment.ts';
import { faults } from '../harness/key-services/faults.ts';
import { arnOf, type KmsServer, startKmsServer } from '../harness/key-services/kms-server.ts';
import { startTransitServer, type TransitServer } from '../harness/key-services/transit-server.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { runMana } from '../harness/run-program.ts';

const VAULTS = 250;
/** What the command moves in one transaction. */
const BATCH = 100;
let transit: TransitServer;
let kms: KmsServer;
let database: TestDatabase;
let owner: Kysely<Database>;
const keys = new Map<string, string>();

beforeAll(async () => {
  for (const [name, value] of Object.entries(AWS)) vi.stubEnv(name, value);
  transit = await startTransitServer(['mana']);
  kms = await startKmsServer([arnOf('mana')]);
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  pool.on('error', () => undefined);
  owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await fill();
});
afterEach(() => {
  transit.setFault(null);
  kms.setFault(null);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await owner.destroy();
  await database.drop();
  await transit.stop();
  await kms.stop();
});

const environmentOf = (active: string, ...accepted: string[]) =>
  environmentWith({ transit, kms, databaseUrl: database.appUrl }, [active, ...accepted]);

const providerOf = (active: string, ...accepted: string[]) =>
  openKeyProvider(
    createTestConfig(environmentOf(active, ...accepted)).keks,
    createCapturedLog().log,
  );

async function fill(): Promise<void> {
  const provider = await providerOf('env-v1');
  await registerActiveKek(owner, provider);
  for (let i = 0; i < VAULTS; i += 1) {
    const id = `user-${String(i).padStart(3, '0')}`;
    const key = generateMasterKey();
    keys.set(id, encodeBase64(key));
    const wrap = await wrapMasterKey(provider, key, { userId: parseUserId(id), generation: 1 });
    const { wrapped: wrapped_mk, iv: wrap_iv, formatVersion: format_version, kekId } = wrap;
    await sql`insert into auth.users (id, name, email) values (${id}, ${id}, ${id})`.execute(owner);
    await asUser(owner, id, (trx) =>
      trx
        .insertInto('auth.encryption_vaults')
        .values({ user_id: id, wrapped_mk, wrap_iv, format_version, kek_id: kekId })
        .execute(),
    );
  }
}

async function mana(environment: Record<string, string>, ...args: string[]) {
  const { ended, output } = runMana(['vault', ...args], { ...AWS, ...environment });
  return { code: await ended, output: output() };
}

/** How many vaults are under each key; each is opened, and has the master key that it was created with. */
async function openAll(active: string, ...accepted: string[]): Promise<Record<string, number>> {
  const provider = await providerOf(active, ...accepted);
  const counts: Record<string, number> = {};
  for (const vault of await readWraps(owner, [...keys.keys()])) {
    const { user_id: userId, generation, kek_id: kekId } = vault;
    const key = await openServerWrap(provider, vault, { userId, generation });
    expect(encodeBase64(key)).toBe(keys.get(userId));
    counts[kekId ?? ''] = (counts[kekId ?? ''] ?? 0) + 1;
  }
  return counts;
}

describe('the vaults move, and every key stays the same', () => {
  it('from the environment to Transit, which goes away in the middle and comes back', async () => {
    const environment = environmentOf('transit-v1', 'env-v1');
    transit.setFault(faults['a reset'] ?? null, BATCH + 50);
    const { code, output } = await mana(environment, 'rewrap');
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^mana failed: Vault at .* can't be reached/),
    ]);
    transit.setFault(null);
    const counts = await openAll('transit-v1', 'env-v1');
    // The first batch is being written when the second meets the fault.
    expect(counts['env-v1']).toBeGreaterThanOrEqual(VAULTS - BATCH);
    expect((counts['env-v1'] ?? 0) + (counts['transit-v1'] ?? 0)).toBe(VAULTS);

    const again = await mana(environment, 'rewrap');
    expect(again.code, again.output).toBe(0);
    expect(await openAll('transit-v1')).toEqual({ 'transit-v1': VAULTS });
    const retired = await mana(environment, 'retire-kek', 'env-v1');
    expect(retired.code, retired.output).toBe(0);
  });

  it.each([
    ['from Transit to AWS KMS', 'kms-v1', 'transit-v1'],
    ['from AWS KMS back to the environment', 'env-v2', 'kms-v1'],
  ])('%s', async (_, active, former) => {
    const environment = environmentOf(active, former);
    const tried = await mana(environment, 'rewrap', '--dry-run');
    expect(tried.code, tried.output).toBe(0);
    expect(await openAll(active, former)).toEqual({ [former]: VAULTS });
    const refused = await mana(environment, 'retire-kek', former);
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining('still wrapped under'),
    ]);
    const moved = await mana(environment, 'rewrap');
    expect(moved.code, moved.output).toBe(0);
    expect(await openAll(active)).toEqual({ [active]: VAULTS });
    const retired = await mana(environment, 'retire-kek', former);
    expect(retired.code, retired.output).toBe(0);
  });
});

it('calls a distant service for several vaults at once', async () => {
  const environment = environmentOf('transit-v1', 'env-v2');
  await registerActiveKek(owner, await providerOf('transit-v1', 'env-v2'));
  const { answer } = transit;
  let [waiting, most] = [0, 0];
  transit.setFault((response, request) => {
    waiting += 1;
    most = Math.max(most, waiting);
    setTimeout(() => {
      waiting -= 1;
      answer(response, request);
    }, 20);
  });
  const { code, output } = await mana(environment, 'rewrap', '--dry-run');
  expect(code, output).toBe(0);
  expect(most).toBeGreaterThan(1);
});

it('waits for a service that limits its calls per second', async () => {
  const { answer } = transit;
  const perSecond = 40;
  const takenAt: number[] = [];
  transit.setFault((response, request) => {
    const now = performance.now();
    if (takenAt.filter((at) => now - at < 1000).length >= perSecond) {
      faults['too many calls']?.(response, request);
      return;
    }
    takenAt.push(now);
    answer(response, request);
  });
  const { code, output } = await mana(environmentOf('transit-v1', 'env-v2'), 'rewrap');
  expect([code, output]).toEqual([0, expect.stringMatching(`moved to transit-v1 +${VAULTS}\n`)]);
});
