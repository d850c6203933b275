import type { AppRouter } from '@mana/server/router';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

// Types only: nothing of the server is in the bundle, and a changed procedure shows in every caller.
type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/** A procedure of the router's `auth` part. */
export type AuthProcedure = keyof Outputs['auth'];
export type AuthInput<P extends AuthProcedure> = Inputs['auth'][P];
export type AuthOutput<P extends AuthProcedure> = Outputs['auth'][P];

export type Health = Outputs['health'];

/** The signed-in user, as the server shows them to themself. */
export type User = AuthOutput<'profile'>['user'];

/** What signing in answers. Holds a secret. */
export type SignedIn = AuthOutput<'login'>;

/** For services that take a bearer token. Secret; keep it in memory only. */
export type AccessToken = Pick<SignedIn, 'accessToken' | 'accessTokenExpiresAt'>;
