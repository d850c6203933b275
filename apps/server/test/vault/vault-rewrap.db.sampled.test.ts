import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseKekId, parseUserId } from '@mana/auth-core/vault/keys/ids';
import { createKeyRing } from '@mana/auth-core/vault/keys/key-ring';
import { generateMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import type { Database } from '@mana/db/schema/database';
import { inProofs } from '@mana/db/testing/in-proofs';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServerWrap } from '../../src/domains/vault/keys/server-wrap.ts';
import { readWraps, replaceWraps } from '../../src/domains/vault/rewrap/rewrap.repository.ts';
import { registerActiveKek } from '../../src/key-providers/check-keks.ts';
import { callMana, runMana } from '../harness/run-program.ts';
import { auditOf } from '../harness/vault-of.ts';

const FORMER = Buffer.alloc(32, 1).toString('base64');
const NEXT = Buffer.alloc(32, 2).toString('base64');

const ringOf = (active: 'former' | 'next') =>
  createKeyRing({
    activeKekId: parseKekId(active),
    keks: [
      { id: parseKekId('former'), bytes: new Uint8Array(Buffer.from(FORMER, 'base64')) },
      { id: parseKekId('next'), bytes: new Uint8Array(Buffer.from(NEXT, 'base64')) },
    ],
  });

const vaults = inProofs(Number(process.env['VAULTS'] ?? 1500), { otherwise: 300 });
/** How often the move is killed on its way. */
const kills = inProofs(Number(process.env['KILLS'] ?? 5), { otherwise: 1 });

describe('S37: moving the vaults to another key', () => {
  let database: TestDatabase;
  let owner: Kysely<Database>;
  let admin: pg.Client;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
    pool.on('error', () => undefined);
    owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    await fill();
  });
  afterAll(async () => {
    await owner.destroy();
    await admin.end();
    await database.drop();
  });

  /** Vaults under the former key, and one in zero-knowledge mode that still names it. */
  async function fill(): Promise<void> {
    const ring = await ringOf('former');
    await registerActiveKek(owner, ring);
    const rows = await Promise.all(
      Array.from({ length: vaults }, async (_, i) => {
        const id = `user-${i}`;
        const key = generateMasterKey();
        keys.set(id, encodeBase64(key));
        const wrap = await wrapMasterKey(ring, key, { userId: parseUserId(id), generation: 1 });
        return { id, wrapped: wrap.wrapped, iv: wrap.iv };
      }),
    );
    const ids = [...rows.map(({ id }) => id), 'zero', 'without'];
    await sql`
    insert into auth.users (id, name, email)
    select id, id, id || '@example.org' from unnest(${ids}::text[]) as id
  `.execute(owner);
    await owner.transaction().execute(async (trx) => {
      await sql`alter table auth.encryption_vaults no force row level security`.execute(trx);
      await sql`
      insert into auth.encryption_vaults (user_id, wrapped_mk, wrap_iv, format_version, kek_id)
      select id, wrapped, iv, 2, 'former'
      from json_to_recordset(${JSON.stringify(rows)}) as row (id text, wrapped text, iv text)
    `.execute(trx);
      await sql`
      insert into auth.encryption_vaults
        (user_id, kek_id, zero_knowledge, recovery_wrapped_mk, recovery_iv)
      values ('zero', 'former', true, 'wrap', 'iv')
    `.execute(trx);
      await sql`alter table auth.encryption_vaults force row level security`.execute(trx);
    });
  }

  const environment = () => ({
    DATABASE_URL: database.appUrl,
    MANA_AUTH_KEK: NEXT,
    MANA_AUTH_KEK_ID: 'next',
    MANA_AUTH_ACCEPTED_KEKS: `former=${FORMER}`,
  });
  const mana = (...args: string[]) => callMana(['vault', ...args], environment());

  /** How many vaults are under each key; each opens with the master key that it was created with. */
  async function openAll(): Promise<Record<string, number>> {
    const ring = await ringOf('next');
    const counts: Record<string, number> = {};
    for (const vault of await readWraps(owner, [...keys.keys()])) {
      const { user_id: userId, generation, kek_id: kekId } = vault;
      const key = await openServerWrap(ring, vault, { userId, generation });
      expect(encodeBase64(key)).toBe(keys.get(userId));
      counts[kekId ?? ''] = (counts[kekId ?? ''] ?? 0) + 1;
    }
    return counts;
  }

  async function untilMoved(enough: number): Promise<void> {
    const count = async () => {
      const { rows } = await admin.query<{ moved: number }>(
        `select count(*)::int as moved from auth.encryption_vaults where kek_id = 'next'`,
      );
      return rows[0]?.moved ?? 0;
    };
    await expect.poll(count, { interval: 5 }).toBeGreaterThanOrEqual(enough);
  }

  it('changes nothing in a dry run', async () => {
    const { code, output } = await mana('rewrap', '--dry-run');
    expect([code, output]).toEqual([0, expect.stringMatching(`would move to next +${vaults}\n`)]);
    expect(await openAll()).toEqual({ former: vaults });
  });

  it('refuses to retire a key that vaults are under, and the active one', async () => {
    const refused = await mana('retire-kek', 'former');
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining('still wrapped under'),
    ]);
    const active = await mana('retire-kek', 'next');
    expect([active.code, active.output]).toEqual([1, expect.stringContaining('active key')]);
  });

  it('loses no key when it is killed at any point, and resumes where it was', async () => {
    for (let kill = 0; kill < kills; kill += 1) {
      const { child, ended } = runMana(['vault', 'rewrap'], environment());
      // From before its first statement until it may be done, however fast the machine.
      const enough = Math.floor(Math.random() * vaults);
      await Promise.race([untilMoved(enough), ended]);
      child.kill('SIGKILL');
      await ended;
      const { former = 0, next = 0 } = await openAll();
      expect(former + next).toBe(vaults);
    }
    const { code, output } = await mana('rewrap');
    expect(code, output).toBe(0);
    expect(await auditOf(owner, 'user-0')).toEqual(['rewrap OK']);
    expect(output).toMatch(/zero knowledge, nothing to move +1\n/);
    expect(await openAll()).toEqual({ next: vaults });
  });

  it('allows the former key to be retired once nothing is under it', async () => {
    const retired = await mana('retire-kek', 'former');
    expect([retired.code, retired.output]).toEqual([0, expect.stringContaining('is retired')]);
    expect((await mana('retire-kek', 'former')).code).toBe(1);
  });

  it('replaces no wrap that its user changed meanwhile', async () => {
    const [read] = await readWraps(owner, ['user-1']);
    const columns = { wrapped_mk: 'w', wrap_iv: 'i', format_version: 2, kek_id: 'next' };
    const stale = { userId: 'user-1', previous: 'of before', columns };
    expect(await replaceWraps(owner, [stale])).toBe(0);
    expect(await readWraps(owner, ['user-1'])).toEqual([read]);
  });

  it('leaves a vault that does not open as it is, and names it', async () => {
    await owner.transaction().execute(async (trx) => {
      await sql`select set_config('app.current_user_id', 'user-7', true)`.execute(trx);
      await sql`
      update auth.encryption_vaults set format_version = 1 where user_id = 'user-7'
    `.execute(trx);
    });
    const { code, output } = await mana('rewrap');
    expect(code).toBe(1);
    expect(output).toMatch(/do not open, left as they are +1\n {2}user-7\n/);
  });
});
