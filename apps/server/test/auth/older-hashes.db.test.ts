import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { primeRefusalDurations } from '../../src/start/prime-refusal-durations.ts';
import { freshEmail, startTestServer, type TestServer } from '../harness/test-server.ts';

const REST = `${'A'.repeat(22)}$${'A'.repeat(43)}`;
const CURRENT = `$argon2id$v=19$m=19456,t=2,p=1$${REST}`;
const OLDER = `$argon2id$v=19$m=64,t=1,p=1$${REST}`;
const SCRYPT = `${'0'.repeat(32)}:${'0'.repeat(128)}`;

/** A server that starts on a database with these hashes. */
async function startOnHashes(hashes: readonly string[]): Promise<TestServer> {
  const server = await startTestServer({
    async databaseUrl(url) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (const hash of hashes) {
        const id = randomUUID();
        const user = [id, freshEmail()];
        await client.query(`insert into auth.users (id, email, name) values ($1, $2, 'N')`, user);
        await client.query(
          `insert into auth.accounts (id, account_id, provider_id, user_id, password)
            values ($1, $1, 'credential', $1, $2)`,
          [id, hash],
        );
      }
      await client.end();
      return url;
    },
  });
  onTestFinished(() => server.close());
  return server;
}

describe('S25: timing equalisation of refused passwords at the start', () => {
  it('is learned from one stored hash of each kind, and no hash prevents it', async () => {
    const { deps } = await startOnHashes([CURRENT, SCRYPT, OLDER, 'damaged', SCRYPT, CURRENT]);
    const verified: string[] = [];
    const passwordHasher = {
      async verify({ hash }: { hash: string }) {
        verified.push(hash);
        throw new Error('none of them can be verified');
      },
    };
    await primeRefusalDurations(deps.db, passwordHasher, deps.log);
    expect(verified.toSorted()).toEqual([CURRENT, OLDER, SCRYPT, 'damaged'].toSorted());
  });

  it('is learned before anybody is answered', async () => {
    const { logLines } = await startOnHashes([SCRYPT, 'damaged']);
    // Nothing shows what it has learned, except the hash that it couldn't verify.
    expect(logLines.map(({ msg }) => msg)).toContain('a stored password hash could not be timed');
  });
});
