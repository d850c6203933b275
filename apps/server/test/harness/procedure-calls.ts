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
import { insertNote, makeNote } from './insert-note.ts';
import type { InsertedPasskey } from './insert-passkey.ts';
import { insertPasskey } from './insert-passkey.ts';
import { insertPasskeyVault, makePasskeyWrap } from './insert-passkey-wrap.ts';
import type { InsertedSecondFactor } from './insert-second-factor.ts';
import { insertSecondFactor } from './insert-second-factor.ts';
import type { InsertedUser } from './insert-user.ts';
import { insertUser } from './insert-user.ts';
import type { InsertedVault } from './insert-vault.ts';
import { insertVault, makeRecoveryWrap } from './insert-vault.ts';
import { createPasskey } from './software-authenticator.ts';
import type { TestServer } from './test-server.ts';
import { freshEmail, PASSWORD } from './test-server.ts';

/** A call that succeeds while everything is well. */
export interface PreparedCall {
  readonly path: string;
  readonly client: ApiClient;
  readonly input: unknown;
}

type Prepared = Omit<PreparedCall, 'path'>;
type Prepare = (world: World) => Prepared | Promise<Prepared>;

interface World {
  readonly email: string;
  readonly signedIn: () => ApiClient;
  readonly anonymous: () => ApiClient;
  readonly unverifiedEmail: string;
  readonly mailedToken: string | null;
  readonly accessToken: string;
  /** A signed-in user of their own, for calls that end sessions or accounts. */
  readonly newUser: () => Promise<InsertedUser>;
  readonly resetTokenOf: (user: InsertedUser) => Promise<string>;
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
  /** For signing in, unless somebody is to prove again who they are. */
  readonly assertionChallenge: (user?: InsertedUser) => Promise<string>;
  /** Passkey options are few for each address, and all tests have one. */
  readonly allowOptions: () => Promise<void>;
}

const NEW_PASSWORD = 'another quiet horse';

/** How each procedure is called so that it would succeed. A new procedure without a line fails the tests. */
const preparations: Record<string, Prepare> = {
  health: ({ anonymous }) => ({ client: anonymous(), input: undefined }),
  'auth.register': ({ anonymous }) => ({
    client: anonymous(),
    input: { email: freshEmail(), password: PASSWORD, name: 'Fresh' },
  }),
  'auth.verifyEmail': ({ anonymous, mailedToken }) => ({
    client: anonymous(),
    input: { token: mailedToken },
  }),
  'auth.resendVerification': ({ anonymous, unverifiedEmail }) => ({
    client: anonymous(),
    input: { email: unverifiedEmail },
  }),
  'auth.login': ({ anonymous, email }) => ({
    client: anonymous(),
    input: { email, password: PASSWORD },
  }),
  'auth.validate': ({ anonymous, accessToken }) => ({
    client: anonymous(),
    input: { token: accessToken },
  }),
  'auth.sessionToToken': ({ signedIn }) => ({ client: signedIn(), input: undefined }),
  'auth.refresh': ({ signedIn }) => ({ client: signedIn(), input: undefined }),
  'auth.profile': ({ signedIn }) => ({ client: signedIn(), input: undefined }),
  'auth.updateProfile': ({ signedIn }) => ({ client: signedIn(), input: { name: 'Changed' } }),
  'auth.reauthenticate': ({ signedIn }) => ({ client: signedIn(), input: { password: PASSWORD } }),
  'auth.forgotPassword': ({ anonymous, email }) => ({ client: anonymous(), input: { email } }),
  'auth.resetPassword': async ({ anonymous, newUser, resetTokenOf }) => ({
    client: anonymous(),
    input: { token: await resetTokenOf(await newUser()), newPassword: NEW_PASSWORD },
  }),
  'auth.changeEmail': ({ signedIn }) => ({
    client: signedIn(),
    input: { newEmail: freshEmail() },
  }),
  'auth.changePassword': async ({ newUser }) => ({
    client: (await newUser()).client,
    input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
  }),
  'auth.deleteAccount': async ({ newUser }) => ({
    client: (await newUser()).client,
    input: undefined,
  }),
  'auth.signupStatus': ({ anonymous }) => ({ client: anonymous(), input: undefined }),
  'auth.sessions.list': ({ signedIn }) => ({ client: signedIn(), input: undefined }),
  'auth.sessions.revoke': async ({ newUser }) => {
    const { client, signIn } = await newUser();
    return { client, input: { id: (await signIn()).sessionId } };
  },
  'auth.sessions.revokeOthers': async ({ newUser }) => {
    const { client, signIn } = await newUser();
    await signIn();
    return { client, input: undefined };
  },
  'auth.securityEvents': ({ signedIn }) => ({ client: signedIn(), input: { limit: 5 } }),
  'auth.twoFactor.enable': async ({ newUser }) => ({
    client: (await newUser()).client,
    input: undefined,
  }),
  'auth.twoFactor.confirm': async ({ newTwoFactorUser }) => {
    const { client, code } = await newTwoFactorUser({ enabled: false });
    return { client, input: { code: code() } };
  },
  'auth.twoFactor.verifyTotp': async ({ anonymous, newTwoFactorUser }) => {
    const { challenge, code } = await newTwoFactorUser();
    return { client: anonymous(), input: { code: code(), challenge } };
  },
  'auth.twoFactor.verifyBackupCode': async ({ anonymous, newTwoFactorUser }) => {
    const { challenge, backupCodes } = await newTwoFactorUser();
    return { client: anonymous(), input: { code: backupCodes[0], challenge } };
  },
  'auth.twoFactor.regenerateBackupCodes': async ({ newTwoFactorUser }) => ({
    client: (await newTwoFactorUser()).client,
    input: undefined,
  }),
  'auth.twoFactor.disable': async ({ newTwoFactorUser }) => ({
    client: (await newTwoFactorUser()).client,
    input: undefined,
  }),
  'passkeys.capability': ({ anonymous }) => ({ client: anonymous(), input: undefined }),
  'passkeys.registerOptions': async ({ newUser }) => ({
    client: (await newUser()).client,
    input: { conditional: false },
  }),
  'passkeys.registerVerify': async ({ newUser, registrationChallengeOf }) => {
    const user = await newUser();
    const response = createPasskey().attest(await registrationChallengeOf(user));
    return { client: user.client, input: { response, name: 'New' } };
  },
  'passkeys.authenticateOptions': async ({ anonymous, allowOptions }) => {
    await allowOptions();
    return { client: anonymous(), input: undefined };
  },
  'passkeys.authenticateVerify': async ({ anonymous, newPasskeyUser, assertionChallenge }) => {
    const { passkey } = await newPasskeyUser();
    const response = passkey.assert(await assertionChallenge());
    return { client: anonymous(), input: { response } };
  },
  'passkeys.reauthenticateOptions': async ({ newPasskeyUser, allowOptions }) => {
    await allowOptions();
    return { client: (await newPasskeyUser()).client, input: undefined };
  },
  'passkeys.reauthenticateVerify': async ({ newPasskeyUser, assertionChallenge }) => {
    const user = await newPasskeyUser();
    const response = user.passkey.assert(await assertionChallenge(user));
    return { client: user.client, input: { response } };
  },
  'passkeys.list': async ({ newPasskeyUser }) => ({
    client: (await newPasskeyUser()).client,
    input: undefined,
  }),
  'passkeys.rename': async ({ newPasskeyUser }) => {
    const { client, passkeyId } = await newPasskeyUser();
    return { client, input: { id: passkeyId, name: 'Renamed' } };
  },
  'passkeys.remove': async ({ newPasskeyUser }) => {
    const { client, passkeyId } = await newPasskeyUser();
    return { client, input: { id: passkeyId } };
  },
  'vault.status': async ({ newVaultUser }) => ({
    client: (await newVaultUser()).client,
    input: undefined,
  }),
  'vault.init': async ({ newUser }) => ({ client: (await newUser()).client, input: undefined }),
  'vault.key': async ({ newVaultUser }) => ({
    client: (await newVaultUser()).client,
    input: undefined,
  }),
  'vault.rotate': async ({ newVaultUser }) => {
    const { client, revision } = await newVaultUser({ recovery: true });
    return { client, input: { revision } };
  },
  'vault.setRecoveryWrap': async ({ newVaultUser }) => {
    const { id, client, revision, masterKey, proof } = await newVaultUser({ zeroKnowledge: true });
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    return { client, input: { revision, ...input, proof } };
  },
  'vault.clearRecoveryWrap': async ({ newVaultUser }) => {
    const { client, revision } = await newVaultUser({ recovery: true });
    return { client, input: { revision } };
  },
  'vault.passkeyWraps': async ({ newPasskeyVaultUser }) => ({
    client: (await newPasskeyVaultUser()).client,
    input: undefined,
  }),
  'vault.passkeyOptions': async ({ newPasskeyUser }) => ({
    client: (await newPasskeyUser()).client,
    input: undefined,
  }),
  'vault.setPasskeyWrap': async ({ newPasskeyVaultUser }) => {
    const { id, client, revision, masterKey, proof, passkey } = await newPasskeyVaultUser({
      zeroKnowledge: true,
    });
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    return { client, input: { revision, ...wrap, proof } };
  },
  'vault.clearPasskeyWrap': async ({ newPasskeyVaultUser }) => {
    const { client, revision, passkey } = await newPasskeyVaultUser();
    return { client, input: { revision, passkeyId: passkey.passkeyId } };
  },
  'vault.enableZeroKnowledge': async ({ newVaultUser }) => {
    const { client, revision } = await newVaultUser({ recovery: true });
    return { client, input: { revision } };
  },
  'vault.disableZeroKnowledge': async ({ newVaultUser }) => {
    const { client, revision, masterKey } = await newVaultUser({ zeroKnowledge: true });
    return { client, input: { revision, masterKey } };
  },
  'vault.audit': async ({ newVaultUser }) => ({
    client: (await newVaultUser()).client,
    input: { limit: 5 },
  }),
  'notes.list': async ({ newNoteUser }) => ({
    client: (await newNoteUser()).client,
    input: { limit: 5 },
  }),
  'notes.create': async ({ newVaultUser }) => ({
    client: (await newVaultUser()).client,
    input: makeNote(),
  }),
  'notes.update': async ({ newNoteUser }) => {
    const { client, noteId } = await newNoteUser();
    return { client, input: { ...makeNote(noteId), revision: 1 } };
  },
  'notes.remove': async ({ newNoteUser }) => {
    const { client, noteId } = await newNoteUser();
    return { client, input: { id: noteId } };
  },
  'auth.logout': ({ signedIn }) => ({ client: signedIn(), input: undefined }),
};

/** All procedures by path, read from the router, which keeps them flat whatever its type says. */
const procedures: Readonly<Record<string, unknown>> = appRouter._def.procedures;

/** Paths of all mutations. */
export const mutationPaths = Object.entries(procedures)
  .filter(([, procedure]) => isMutation(procedure))
  .map(([path]) => path);

/** The paths of all procedures; the one that ends the session comes last. */
export const procedurePaths = Object.keys(procedures).toSorted(
  (a, b) => Number(a === 'auth.logout') - Number(b === 'auth.logout'),
);

/** Makes the user once, then as many rounds of calls as wanted; each round has sessions of its own. */
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
    const world: World = {
      email,
      unverifiedEmail,
      accessToken,
      mailedToken: new URL(server.newestLink(unverifiedEmail)).searchParams.get('token'),
      anonymous: () => server.client(),
      signedIn: () => copyClient(login, server),
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
      resetTokenOf: (user) => issueUserToken(server, 'password-reset', user),
    };
    const calls: PreparedCall[] = [];
    for (const path of procedurePaths) {
      const prepare = preparations[path];
      if (!prepare) throw new Error(`${path} has no line in procedure-calls.ts`);
      calls.push({ path, ...(await prepare(world)) });
    }
    return calls;
  };
}

function issueUserToken(
  { owner, deps }: TestServer,
  purpose: TokenPurpose,
  { id: userId, email }: InsertedUser,
): Promise<string> {
  return issueToken(owner, { purpose, userId, email }, { from: deps.now(), ttlSeconds: 300 });
}

async function issueAssertionChallenge(
  { owner, deps }: TestServer,
  user?: InsertedUser,
): Promise<string> {
  const value = randomBytes(32).toString('base64url');
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + 300_000);
  const subject: ChallengeSubject = user
    ? { sessionId: user.sessionId, userId: user.id }
    : 'anybody';
  await insertChallenge(owner, { value, subject }, { now, expiresAt });
  return value;
}

/** The same session with a jar of its own. */
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
