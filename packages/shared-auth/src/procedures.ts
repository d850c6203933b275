import type { AppRouter } from '@mana/server/router';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

// Types only: nothing of the server is in the bundle, and a changed procedure shows in every caller.
type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/** The routers inside the router's `auth` part. */
type AuthGroup = 'sessions' | 'twoFactor';
type GroupedProcedure = {
  [G in AuthGroup]: `${G}.${keyof Outputs['auth'][G] & string}`;
}[AuthGroup];

/** A procedure of the router's `auth` part, by its path in there. */
export type AuthProcedure = Exclude<keyof Outputs['auth'], AuthGroup> | GroupedProcedure;

/** What stands in a router's types under the path of a procedure. */
type At<Auth, P extends AuthProcedure> = P extends keyof Auth
  ? Auth[P]
  : P extends `${infer G extends AuthGroup & keyof Auth}.${infer N}`
    ? Auth[G][N & keyof Auth[G]]
    : never;

export type AuthInput<P extends AuthProcedure> = At<Inputs['auth'], P>;
export type AuthOutput<P extends AuthProcedure> = At<Outputs['auth'], P>;

export type Health = Outputs['health'];

/** The signed-in user, as the server shows them to themself. */
export type User = AuthOutput<'profile'>['user'];

/** What signing in answers. Holds a secret. */
export type SignedIn = AuthOutput<'login'>;

/** For services that take a bearer token. Secret; keep it in memory only. */
export type AccessToken = Pick<SignedIn, 'accessToken' | 'accessTokenExpiresAt'>;

/** A place where the user is signed in. */
export type SessionEntry = AuthOutput<'sessions.list'>['sessions'][number];

/** What happened to the user's account, newest first. */
export type SecurityEvent = AuthOutput<'securityEvents'>['events'][number];
