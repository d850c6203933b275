import type { DataFolder } from './data-folder.ts';
import { APP_ROLE, DATABASE_NAME, OWNER_ROLE, SUPERUSER_ROLE } from './roles.ts';

/** Addresses of the embedded database. Secret: they contain the passwords. */
export interface Addresses {
  /** For migrations: the role that owns the database. */
  readonly ownerUrl: string;
  /** For requests: the plain role. */
  readonly appUrl: string;
  /** For tests, which create their own databases. */
  readonly superuserUrl: string;
  /** On 127.0.0.1. */
  readonly port: number;
}

/** The addresses of the Postgres that runs on the folder and listens on this port. */
export function createAddresses(folder: DataFolder, port: number): Addresses {
  const { owner, app, superuser } = folder.passwords;
  return {
    ownerUrl: createUrl(OWNER_ROLE, owner, port, DATABASE_NAME),
    appUrl: createUrl(APP_ROLE, app, port, DATABASE_NAME),
    superuserUrl: createUrl(SUPERUSER_ROLE, superuser, port, DATABASE_NAME),
    port,
  };
}

/** The owner's address in the maintenance database, where nobody else works. */
export function createLockUrl(folder: DataFolder, port: number): string {
  return createUrl(OWNER_ROLE, folder.passwords.owner, port, 'postgres');
}

function createUrl(role: string, password: string, port: number, database: string): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
