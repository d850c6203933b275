import pg from 'pg';
import { DRIZZLE_TABLES } from './existing-database/drizzle-tables.ts';
import { PLAIN_TABLES } from './existing-database/plain-tables.ts';
import {
  createRows,
  DRIZZLE_ROWS,
  type ExistingSecrets,
  PLAIN_ROWS,
} from './existing-database/rows.ts';
import { MAKE_MINIMAL, MAKE_PARTIAL } from './existing-database/variations.ts';

/** How such a database was created, which decides names, types and what is missing. */
export type ExistingDatabaseKind = 'plain' | 'drizzle' | 'minimal' | 'partial';

/** Every kind, for tests that go through them all. */
export const EXISTING_DATABASE_KINDS: readonly ExistingDatabaseKind[] = [
  'plain',
  'drizzle',
  'minimal',
  'partial',
];

const PLACEHOLDERS: ExistingSecrets = {
  signingKey: { publicKey: '{}', privateKey: '"00"' },
  twoFactorSecret: '00',
};

/**
 * Fills an empty database with what is there before mana-auth migrates it (contract, section 10): tables
 * of schema `auth` with rows in each, enums in `public`. Connects as the role in the address.
 */
export async function createExistingDatabase(
  url: string,
  kind: ExistingDatabaseKind,
  secrets: ExistingSecrets = PLACEHOLDERS,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(kind === 'drizzle' ? DRIZZLE_TABLES : PLAIN_TABLES);
    await client.query(createRows(secrets));
    await client.query(kind === 'drizzle' ? DRIZZLE_ROWS : PLAIN_ROWS);
    if (kind === 'minimal') await client.query(MAKE_MINIMAL);
    if (kind === 'partial') await client.query(MAKE_PARTIAL);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
