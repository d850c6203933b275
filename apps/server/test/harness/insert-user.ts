import { randomBytes, randomUUID } from 'node:crypto';
import type { ApiClient } from './api-client.ts';
import type { TestServer } from './test-server.ts';
import { freshEmail, PASSWORD } from './test-server.ts';

const SESSION_MS = 30 * 24 * 3600_000;

/** A user who was put into the database, signed in. */
export interface InsertedUser {
  readonly id: string;
  readonly email: string;
  /** Has a fresh session. */
  readonly client: ApiClient;
  readonly sessionId: string;
  /** Another session of the same user, with its own client. */
  signIn(): Promise<{ client: ApiClient; sessionId: string }>;
}

let passwordHash: Promise<string> | undefined;

/**
 * A confirmed user with `PASSWORD`, put straight into the database: quickly, and bypassing whatever fault is
 * under test.
 */
export async function insertUser(
  server: TestServer,
  { emailVerified = true }: { emailVerified?: boolean } = {},
): Promise<InsertedUser> {
  const { deps, owner } = server;
  const [id, email, now] = [randomUUID(), freshEmail(), deps.now()];
  passwordHash ??= deps.passwordHasher.hash(PASSWORD);
  const password = await passwordHash;
  const times = { created_at: now, updated_at: now };
  await owner
    .insertInto('auth.users')
    .values({ id, email, name: 'Inserted', email_verified: emailVerified, ...times })
    .execute();
  await owner
    .insertInto('auth.accounts')
    .values({ id: randomUUID(), account_id: id, provider_id: 'credential', user_id: id, password })
    .execute();
  return { id, email, ...(await signIn()), signIn };

  async function signIn() {
    const at = deps.now();
    const [sessionId, token] = [randomUUID(), randomBytes(24).toString('base64url')];
    await owner
      .insertInto('auth.sessions')
      .values({
        id: sessionId,
        token,
        user_id: id,
        created_at: at,
        updated_at: at,
        authenticated_at: at,
        amr: ['pwd'],
        expires_at: new Date(at.getTime() + SESSION_MS),
      })
      .execute();
    const { headers } = await deps.auth.api.issueSessionCookie({
      body: { token },
      returnHeaders: true,
    });
    const client = server.client();
    client.keepCookies(headers);
    return { client, sessionId };
  }
}
