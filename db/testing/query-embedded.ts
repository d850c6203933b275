import pg from 'pg';
import { findRunningEmbeddedPostgres } from '../src/embedded/find-running.ts';

/** Runs one statement in the Postgres of a server's data folder, as the superuser, whom no policy binds. */
export async function queryEmbedded(
  dataDir: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const addresses = await findRunningEmbeddedPostgres(dataDir);
  if (!addresses) throw new Error(`No Postgres runs in ${dataDir}`);
  const client = new pg.Client({ connectionString: addresses.superuserUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}
