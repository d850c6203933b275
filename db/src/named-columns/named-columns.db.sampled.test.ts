import { betterAuth } from 'better-auth';
import { jwt } from 'better-auth/plugins';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inProofs } from '../../testing/in-proofs.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { expectedColumns } from '../catalog/expected-catalog.ts';
import { migrateToLatest } from '../migrate/migrate.ts';
import type { Database } from '../schema/database.ts';
import { NamedColumnsPlugin } from './named-columns.ts';

const EMAIL = 'ada@example.org';
const PASSWORD = 'correct horse battery';

let database: TestDatabase;
let owner: Kysely<unknown>;
let db: Kysely<Database>;
let auth: ReturnType<typeof createAuth>;
let sent: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const ownerPool = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  ownerPool.on('error', () => undefined); // cut off by drop()
  owner = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: ownerPool }) });
  const appPool = new pg.Pool({ connectionString: database.appUrl, max: 2 });
  appPool.on('error', () => undefined); // cut off by drop()
  db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: appPool }),
    plugins: [new NamedColumnsPlugin()],
    log: (event) => {
      sent.push(event.query.sql);
    },
  });
});

afterAll(async () => {
  await Promise.all([owner.destroy(), db.destroy()]);
  await database.drop();
});

const times = { createdAt: 'created_at', updatedAt: 'updated_at' };

function createAuth(joins: boolean) {
  return betterAuth({
    database: { db: db.withSchema('auth'), type: 'postgres' },
    secret: 'a secret for tests that is long enough',
    baseURL: 'http://localhost:3000',
    emailAndPassword: { enabled: true },
    advanced: { database: { joins } },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    user: { modelName: 'users', fields: { ...times, emailVerified: 'email_verified' } },
    session: {
      modelName: 'sessions',
      fields: {
        ...times,
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        ...times,
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    verification: { modelName: 'verification', fields: { ...times, expiresAt: 'expires_at' } },
    plugins: [
      jwt({
        schema: {
          jwks: {
            modelName: 'jwks',
            fields: {
              publicKey: 'public_key',
              privateKey: 'private_key',
              createdAt: 'created_at',
              expiresAt: 'expires_at',
            },
          },
        },
      }),
    ],
  });
}

async function signUp(): Promise<Headers> {
  const { headers } = await auth.api.signUpEmail({
    body: { email: EMAIL, password: PASSWORD, name: 'Ada' },
    returnHeaders: true,
  });
  const cookies = headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return new Headers({ cookie: cookies.join('; ') });
}

const signIn = () => auth.api.signInEmail({ body: { email: EMAIL, password: PASSWORD } });

describe.each([
  { reads: 'one table at a time', joins: false },
  { reads: 'with joins', joins: true },
])('Better Auth, reading $reads', ({ joins }) => {
  beforeEach(async () => {
    await sql`drop schema if exists auth cascade`.execute(owner);
    await migrateToLatest({ db: owner, appRole: database.appRole });
    sent = [];
    auth = createAuth(joins);
  });

  it('finds everything that it needs in the schema', async () => {
    const { checkSchema } = await auth.$context;
    expect(checkSchema).toBeDefined();
    await expect(checkSchema?.()).resolves.toBeUndefined();
  });

  it('signs up, in and out, reads, lists and signs tokens without sending a star', async () => {
    const headers = await signUp();
    await signIn();
    await auth.api.getSession({ headers });
    await auth.api.listSessions({ headers });
    await auth.api.listUserAccounts({ headers });
    await auth.api.updateUser({ body: { name: 'Ada L.' }, headers });
    await auth.api.getToken({ headers });
    await auth.api.getJwks();
    const { internalAdapter } = await auth.$context;
    const value = { identifier: 'i', value: 'v', expiresAt: new Date(Date.now() + 60_000) };
    await internalAdapter.createVerificationValue(value);
    await internalAdapter.consumeVerificationValue('i');
    await auth.api.signOut({ headers });

    expect(sent.length).toBeGreaterThan(15);
    expect(sent.filter((text) => /(select|returning|,|\.) ?\*/.test(text))).toEqual([]);
    expect(sent.some((text) => text.includes('left join'))).toBe(joins);
  });

  it('gets 42703 where a column that it only reads is gone', async () => {
    const headers = await signUp();
    await sql`alter table auth.users rename column email_verified to verified`.execute(owner);
    const missing = { code: '42703', message: expect.stringContaining('email_verified') };

    await expect(signIn()).rejects.toMatchObject(missing);
    const { adapter } = await auth.$context;
    const where = [{ field: 'email', value: EMAIL }];
    await expect(adapter.findOne({ model: 'user', where })).rejects.toMatchObject(missing);
    await expect(adapter.findMany({ model: 'user' })).rejects.toMatchObject(missing);
    await expect(
      adapter.findOne({ model: 'session', where: [], join: { user: true } }),
    ).rejects.toMatchObject(missing);
    await expect(auth.api.getSession({ headers })).rejects.toThrow();
  });

  it('never reads a column that the schema does not have', async () => {
    const headers = await signUp();
    await sql`alter table auth.users add column hidden text default 'x'`.execute(owner);
    const session = await auth.api.getSession({ headers });
    expect(session?.user.email).toBe(EMAIL);
    const rows = await db.selectFrom('auth.users').selectAll().execute();
    expect(Object.keys(rows[0] ?? {})).toEqual(expectedColumns.get('auth.users'));
  });
});

describe('each column of each table', () => {
  beforeAll(async () => {
    await sql`drop schema if exists auth cascade`.execute(owner);
    await migrateToLatest({ db: owner, appRole: database.appRole });
  });

  const columns = [...expectedColumns]
    .filter(([table]) => !table.startsWith('auth.kysely_'))
    .flatMap(([table, names]) => names.map((column) => [table, column] as const));

  const firstOfEach = columns.filter(
    ([table], i) => columns.findIndex(([other]) => other === table) === i,
  );

  it.each(inProofs(columns, { otherwise: firstOfEach }))(
    'is missed with 42703: %s.%s',
    async (table, column) => {
      const rename = (from: string, to: string) =>
        sql`alter table ${sql.table(table)} rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
          owner,
        );
      await rename(column, 'is_gone');
      const query = db.withTables<Record<string, { id: string }>>().selectFrom(table).selectAll();
      try {
        await expect(query.execute()).rejects.toMatchObject({
          code: '42703',
          message: expect.stringContaining(column),
        });
      } finally {
        await rename('is_gone', column);
      }
    },
  );
});
