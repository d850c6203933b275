import { appRouter } from '../../src/router.ts';
import type { ApiClient } from './api-client.ts';
import type { TestServer } from './test-server.ts';
import { freshEmail, PASSWORD } from './test-server.ts';

/** A call that succeeds while everything is well. */
export interface PreparedCall {
  readonly path: string;
  readonly client: ApiClient;
  readonly input: unknown;
}

type Prepare = (world: World) => Omit<PreparedCall, 'path'>;

interface World {
  readonly email: string;
  readonly signedIn: () => ApiClient;
  readonly anonymous: () => ApiClient;
  readonly unverifiedEmail: string;
  readonly mailedToken: string | null;
  readonly accessToken: string;
}

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
    };
    return procedurePaths.map((path) => {
      const prepare = preparations[path];
      if (!prepare) throw new Error(`${path} has no line in procedure-calls.ts`);
      return { path, ...prepare(world) };
    });
  };
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
