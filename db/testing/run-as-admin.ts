import pg from 'pg';
import type { TestServer } from './test-server.ts';

/** Runs one statement as the superuser, on a connection of its own. */
export async function runAsAdmin(server: TestServer, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
