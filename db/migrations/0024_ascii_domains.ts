import { domainToASCII } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { MigrationBlockedError } from './migration-blocked-error.ts';

interface Address {
  readonly id: string;
  readonly email: string;
}

/**
 * Writes the international domains of users' addresses in ASCII, the form in which they are looked up. Throws
 * a MigrationBlockedError where another user has the address in that form.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows: tables } = await sql`
    select from pg_attribute where attrelid = to_regclass('auth.users') and attname = 'email'
  `.execute(db);
  if (tables.length === 0) return;

  const { rows } = await sql<Address>`
    select id::text, email::text from auth.users where email::text ~ '[^\\x01-\\x7f][^@]*$' order by id
  `.execute(db);
  const changes = rows.flatMap(({ id, email }) => {
    const domain = toAscii(email.slice(email.lastIndexOf('@') + 1).trim());
    const local = email.slice(0, email.lastIndexOf('@') + 1).trim();
    return domain === undefined ? [] : [{ id, domain, email: (local + domain).toLowerCase() }];
  });
  await refuseSharedAddresses(db, changes);
  for (const { id, domain } of changes) {
    await sql`
      update auth.users set email = regexp_replace(email, '[^@]*$', ${sql.lit(domain)}) where id = ${sql.lit(id)}
    `.execute(db);
  }
}

/** Nothing that the URL parser would take for a port, a path or an escape reaches it. */
function toAscii(domain: string): string | undefined {
  const ascii = domain.replace(/[^\p{ASCII}]/gu, '');
  return /^[A-Za-z0-9.-]*$/.test(ascii) ? domainToASCII(domain) || undefined : undefined;
}

async function refuseSharedAddresses(
  db: Kysely<unknown>,
  changes: readonly Address[],
): Promise<void> {
  if (changes.length === 0) return;
  const changed = changes.map(({ email }) => sql.lit(email));
  const { rows: others } = await sql<Address>`
    select id::text, lower(btrim(email::text)) as email from auth.users
    where lower(btrim(email::text)) in (${sql.join(changed)}) order by id
  `.execute(db);
  const holders = Map.groupBy([...others, ...changes], ({ email }) => email);
  const shared = [...holders].filter(([, users]) => users.length > 1);
  if (shared.length === 0) return;
  throw new MigrationBlockedError(
    shared.map(
      ([email, users]) =>
        `auth.users: ${users.map(({ id }) => id).join(', ')} have one address, ${email}, but for the form of its domain: give all but one another address, or delete them`,
    ),
  );
}
