import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import { parseSigningKey } from '../access-tokens/signing-key.ts';
import { openBackupCodes } from '../domains/auth/two-factor/backup-codes.ts';
import { openTotpKey } from '../domains/auth/two-factor/stored-totp-key.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';

const BATCH = 500;
const ADD_SECRET = 'add the secret that it was stored under to MANA_AUTH_ACCEPTED_SECRETS';
const REMOVE_FACTOR =
  'make sure who they are, run `mana users remove-second-factor <email>` once the database is migrated, and let them set it up again';

/**
 * One line for each thing in the database that this server can't use, with what to do about it: signing
 * keys and second factors that no secret opens, and passwords in an unknown form. Only reads, and copes
 * with a database before its migration as well as afterwards. Contains no secret.
 */
export async function findUnusable(db: Kysely<Database>, secrets: AppSecrets): Promise<string[]> {
  return [
    ...(await findClosedSigningKeys(db, secrets)),
    ...(await findClosedSecondFactors(db, secrets)),
    ...(await findForeignPasswords(db)),
  ];
}

async function findClosedSigningKeys(db: Kysely<Database>, secrets: AppSecrets): Promise<string[]> {
  if (!(await hasTable(db, 'auth.jwks'))) return [];
  const { rows } = await sql<{ id: string; publicKey: string; privateKey: string }>`
    select id::text, public_key as "publicKey", private_key as "privateKey"
    from auth.jwks order by created_at, id
  `.execute(db);
  const lines: string[] = [];
  for (const row of rows) {
    const key = await parseSigningKey({ ...row, createdAt: new Date(0), expiresAt: null }, secrets);
    const name = `the signing key ${row.id}`;
    if (!key) {
      lines.push(
        `${name} is of an algorithm that this version doesn't use: tokens that it signed are refused, and apps get new ones by themselves`,
      );
    } else if (!key.isOpen) {
      lines.push(
        `${name} can't be opened and so can't sign: ${ADD_SECRET}; or, if that is lost, \`delete from auth.jwks where id = '${row.id}'\`, and the server will create another`,
      );
    }
  }
  return lines;
}

interface StoredFactor {
  readonly userId: string;
  /** Null for a user who is marked as having a factor but has none stored. */
  readonly secret: string | null;
  /** Text, or a list if the column had another type. */
  readonly codes: unknown;
}

/** Of every user who is asked for a second factor, as `isSecondFactorOn` decides. */
async function findClosedSecondFactors(
  db: Kysely<Database>,
  secrets: AppSecrets,
): Promise<string[]> {
  if (!(await hasTable(db, 'auth.users'))) return [];
  const factors = (await hasTable(db, 'auth.two_factor_auth'))
    ? sql`select user_id::text, enabled, secret, to_jsonb(backup_codes) as codes from auth.two_factor_auth`
    : sql`select null as user_id, false as enabled, null as secret, null::jsonb as codes where false`;
  const lines: string[] = [];
  for (let last = ''; ; ) {
    // Through JSON, as an older table may lack the columns.
    const { rows } = await sql<StoredFactor>`
      select account.id::text as "userId", factor.secret, factor.codes
      from auth.users account left join (${factors}) factor on factor.user_id = account.id::text
      where (factor.enabled or (to_jsonb(account) ->> 'two_factor_enabled')::boolean)
        and to_jsonb(account) ->> 'deleted_at' is null
        and account.id::text > ${last}
      order by account.id::text limit ${sql.lit(BATCH)}
    `.execute(db);
    for (const row of rows) lines.push(...(await describeFactor(row, secrets)));
    const [end] = rows.slice(-1);
    if (!end) return lines;
    last = end.userId;
  }
}

async function describeFactor(
  { userId, secret, codes }: StoredFactor,
  secrets: AppSecrets,
): Promise<string[]> {
  if (secret === null) {
    return [
      `the user ${userId} is asked for a second factor, but none is stored: ${REMOVE_FACTOR}`,
    ];
  }
  if (!(await opens(openTotpKey(secrets, userId, secret)))) {
    return [
      `the second factor of the user ${userId} can't be opened: ${ADD_SECRET}; or, if that is lost, ${REMOVE_FACTOR}`,
    ];
  }
  const stored = typeof codes === 'string' || codes === null ? codes : JSON.stringify(codes);
  return (await opens(openBackupCodes(secrets, userId, stored)))
    ? []
    : [
        `the backup codes of the user ${userId} can't be opened: they can sign in with their app and create new ones`,
      ];
}

async function opens(opening: Promise<unknown>): Promise<boolean> {
  return opening.then(
    () => true,
    () => false,
  );
}

async function findForeignPasswords(db: Kysely<Database>): Promise<string[]> {
  if (!(await hasTable(db, 'auth.accounts'))) return [];
  const { rows } = await sql<{ n: number; first: string | null }>`
    select count(*)::int as n, min(user_id::text) as first from auth.accounts
    where password !~ '^([$]argon2id[$]v=19[$]|[0-9a-f]{32}:[0-9a-f]{128}$)'
  `.execute(db);
  const [found] = rows;
  return found && found.n > 0
    ? [
        `${found.n} passwords are stored in a form that this version doesn't read, beginning with that of the user ${found.first}: these users reset their password by mail`,
      ]
    : [];
}

async function hasTable(db: Kysely<Database>, name: string): Promise<boolean> {
  const { rows } = await sql<{ is_there: boolean }>`
    select to_regclass(${name}) is not null as is_there
  `.execute(db);
  return rows[0]?.is_there === true;
}
