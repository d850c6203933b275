import type { AppRouter } from '@mana/server/router';
import type { inferRouterOutputs } from '@trpc/server';
import type { AuthClient, AuthFailure, AuthResult, ErrorCode } from './client.ts';

// Checked by tsc: each line below fails to compile when its guarantee is gone.

type Outputs = inferRouterOutputs<AppRouter>;
type Answers<M extends keyof AuthClient> = AuthClient[M] extends (
  ...input: never[]
) => Promise<AuthResult<infer T>>
  ? T
  : never;
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** What a method answers is what the router's procedure answers. */
export const answersTheRouters: {
  readonly [M in keyof Outputs['auth'] & keyof AuthClient]: Same<Answers<M>, Outputs['auth'][M]>;
} = {
  register: true,
  verifyEmail: true,
  resendVerification: true,
  login: true,
  logout: true,
  profile: true,
  updateProfile: true,
  validate: true,
};
export const health: Same<Answers<'health'>, Outputs['health']> = true;

/** Dates are dates. */
export const createdAt = (client: AuthClient): Date | undefined => {
  const state = client.session.get();
  return state.status === 'signed-in' ? state.user.createdAt : undefined;
};

// @ts-expect-error inputs come from the router too
export const wrongInput = (client: AuthClient) => client.login({ email: 'ada@example.org' });

// @ts-expect-error data is there only after success is checked
export const unchecked = (result: AuthResult<{ id: string }>) => result.data;

/** Every code is in the failure's type, so a switch over them all compiles without a default. */
export const codes: Same<AuthFailure['code'], ErrorCode> = true;

export function isWorthAnotherTry(
  code: Extract<AuthFailure['code'], 'RATE_LIMITED' | 'SERVICE_UNAVAILABLE' | 'INTERNAL'>,
): boolean {
  switch (code) {
    case 'RATE_LIMITED':
    case 'SERVICE_UNAVAILABLE':
      return true;
    case 'INTERNAL':
      return false;
  }
}

/** A page's sentence for each code: one that is missing doesn't compile. */
export const missing = {
  INTERNAL: 'x',
  // @ts-expect-error eighteen and more are missing
} satisfies Record<ErrorCode, string>;
