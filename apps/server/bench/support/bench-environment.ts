import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startPostgresForTests } from '@mana/db/testing/postgres-for-tests';
import pg from 'pg';
import type { Role } from './roles.ts';

const ROLES = join(import.meta.dirname, 'roles.ts');

/** One Postgres, and servers on it in processes of their own, so that only the machine is shared. */
export interface BenchEnvironment {
  /** Creates the database afresh. Resolves with its address, as a superuser. */
  createDatabase(name: string): Promise<string>;
  start(role: Role, databaseUrl?: string): Promise<StartedRole>;
  close(): Promise<void>;
}

interface StartedRole {
  readonly origin: string;
  readonly process: ChildProcess;
}

/** Opens the Postgres of the tests, without a server on it yet. */
export async function openBenchEnvironment(): Promise<BenchEnvironment> {
  const postgres = await startPostgresForTests();
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  const children: ChildProcess[] = [];

  return {
    async createDatabase(name) {
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.query(`create database ${name}`);
      const url = new URL(postgres.adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async start(role, databaseUrl = '') {
      const child = fork(ROLES, [role, databaseUrl], { stdio: 'inherit' });
      children.push(child);
      const [message] = await once(child, 'message');
      return { origin: String(message), process: child };
    },
    async close() {
      for (const child of children) {
        const exit = once(child, 'exit');
        child.disconnect();
        await exit;
      }
      await admin.end();
      await postgres.stop();
    },
  };
}
