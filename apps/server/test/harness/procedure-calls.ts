import { randomBytes } from 'node:crypto';
import {
  issueToken,
  type TokenPurpose,
} from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import {
  type ChallengeSubject,
  insertChallenge,
} from '../../src/domains/passkeys/challenges.repository.ts';
import { appRouter } from '../../src/router.ts';
import type { ApiClient } from './api-client.ts';
import { insertNote } from './insert-note.ts';
import type { InsertedPasskey } from './insert-passkey.ts';
import { insertPasskey } from './insert-passkey.ts';
import { insertPasskeyVault } from './insert-passkey-wrap.ts';
import type { InsertedSecondFactor } from './insert-second-factor.ts';
import { insertSecondFactor } from './insert-second-factor.ts';
import type { InsertedUser } from './insert-user.ts';
import { insertUser } from './insert-user.ts';
import type { InsertedVault } from './insert-vault.ts';
import { insertVault } from './insert-vault.ts';
import { type CallOf, procedures } from './procedures.ts';
import type { TestServer } from './test-server.ts';
import { freshEmail, PASSWORD } from './test-server.ts';

/** A call that succeeds while everything is well. */
export interface PreparedCall {
  readonly path: string;
  readonly client: ApiClient;
  readonly input: unknown;
}

/** What the rows of `procedures.ts` make their calls from. */
export interface CallWorld {
  readonly email: string;
  readonly signedIn: (input?: unknown) => CallOf;
  readonly anonymous: (input?: unknown) => CallOf;
  readonly unverifiedEmail: string;
  readonly mailedToken: string | null;
  readonly undoTokenOf: (user: InsertedUser) => Promise<string>;
  readonly verificationTokenOf: (user: InsertedUser) => Promise<string>;
  readonly accessToken: string;
  /** A signed-in user for this call alone, for calls that end sessions or accounts. */
  readonly newUser: () => Promise<InsertedUser>;
  readonly resetTokenOf: (user: InsertedUser) => Promise<string>;
  readonly unlockTokenOf: (user: InsertedUser) => Promise<string>;
  /** Such a user with a second factor, in use or not confirmed yet. */
  readonly newTwoFactorUser: (options?: {
    enabled: boolean;
  }) => Promise<InsertedUser & InsertedSecondFactor>;
  readonly newPasskeyUser: () => Promise<InsertedUser & InsertedPasskey>;
  readonly newVaultUser: (
    options?: Parameters<typeof insertVault>[2],
  ) => Promise<InsertedUser & InsertedVault>;
  readonly newPasskeyVaultUser: (
    options?: Parameters<typeof insertVault>[2],
  ) => ReturnType<typeof insertPasskeyVault>;
  readonly newNoteUser: () => Promise<InsertedUser & { readonly noteId: string }>;
  readonly registrationChallengeOf: (user: InsertedUser) => Promise<string>;
  /** For signing in, unless a user is given: then for reauthenticating. */
  readonly assertionChallenge: (user?: InsertedUser) => Promise<string>;
  /** Each address gets few passkey options, and all tests share one address. */
  readonly allowOptions: () => Promise<void>;
}

/** All procedures by path, read from the router, which keeps them flat whatever its type says. */
const routerProcedures: Readonly<Record<string, unknown>> = appRouter._def.procedures;

/** Paths of all mutations. */
export const mutationPaths = Object.entries(routerProcedures)
  .filter(([, procedure]) => isMutation(procedure))
  .map(([path]) => path);

/** The paths of all procedures; the one that ends the session comes last. */
export const procedurePaths = Object.keys(routerProcedures).toSorted(
  (a, b) => Number(a === 'auth.logout') - Number(b === 'auth.logout'),
);

/** Makes the user once, then any number of rounds of calls; each round has its own sessions. */
export async function createCallMaker(server: TestServer): Promise<() => Promise<PreparedCall[]>> {
  const email = freshEmail();
  await server.signedInClient(email);

  return async () => {
    const login = server.client();
    const { accessToken } = (await login.expectSuccess('auth.login', {
      email,
      password: PASSWORD,
    })) as { accessToken: string };
    const unverifiedEmail = freshEmail();
    await server
      .client()
      .expectSuccess('auth.register', { email: unverifiedEmail, password: PASSWORD, name: 'New' });
    const world: CallWorld = {
      email,
      unverifiedEmail,
      accessToken,
      mailedToken: new URL(await server.newestLink(unverifiedEmail)).searchParams.get('token'),
      anonymous: (input) => ({ client: server.client(), input }),
      signedIn: (input) => ({ client: copyClient(login, server), input }),
      newUser: () => insertUser(server),
      async newTwoFactorUser(options) {
        const user = await insertUser(server);
        return { ...user, ...(await insertSecondFactor(server, user, options)) };
      },
      async newPasskeyUser() {
        const user = await insertUser(server);
        return { ...user, ...(await insertPasskey(server, user)) };
      },
      async newVaultUser(options) {
        const user = await insertUser(server);
        return { ...user, ...(await insertVault(server, user.id, options)) };
      },
      newPasskeyVaultUser: (options) => insertPasskeyVault(server, options),
      async newNoteUser() {
        const user = await insertUser(server);
        await insertVault(server, user.id);
        return { ...user, noteId: await insertNote(server, user.id) };
      },
      allowOptions: () => server.deps.networkRateLimits.clear('passkey-options:127.0.0.1'),
      assertionChallenge: (user) => issueAssertionChallenge(server, user),
      registrationChallengeOf: (user) => issueUserToken(server, 'passkey-registration', user),
      undoTokenOf: (user) => issueUserToken(server, 'email-change-undo', user),
      verificationTokenOf: (user) => issueUserToken(server, 'email-verification', user),
      resetTokenOf: (user) => issueUserToken(server, 'password-reset', user),
      unlockTokenOf: (user) => issueUserToken(server, 'unlock', user),
    };
    const calls: PreparedCall[] = [];
    for (const path of procedurePaths) {
      const row = procedures[path];
      if (!row) throw new Error(`${path} has no row in procedures.ts`);
      const { client, input } = await row.call(world);
      calls.push({ path, client, input });
    }
    return calls;
  };
}

function issueUserToken(
  { owner, deps }: TestServer,
  purpose: TokenPurpose,
  { id: userId, email, sessionId }: InsertedUser,
): Promise<string> {
  const session = purpose === 'password-reset' ? {} : { session: { familyId: sessionId } };
  return issueToken(
    owner,
    { purpose, userId, email, ...session },
    { from: deps.now(), ttlSeconds: 300 },
  );
}

async function issueAssertionChallenge(
  { owner, deps }: TestServer,
  user?: InsertedUser,
): Promise<string> {
  const value = randomBytes(32).toString('base64url');
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + 300_000);
  const subject: ChallengeSubject = user
    ? { familyId: user.sessionId, userId: user.id }
    : 'anybody';
  await insertChallenge(owner, { value, subject }, { now, expiresAt });
  return value;
}

/** The same session with its own cookie jar. */
function copyClient(client: ApiClient, server: TestServer): ApiClient {
  const copy = server.client();
  for (const [name, value] of client.cookies) copy.cookies.set(name, value);
  return copy;
}

function isMutation(procedure: unknown): boolean {
  return (
    typeof procedure === 'function' &&
    '_def' in procedure &&
    (procedure._def as { type: string }).type === 'mutation'
  );
}
