import type { AppRouter } from '@mana/server/router';
import type { inferRouterOutputs } from '@trpc/server';
import type { AuthClient, AuthFailure, AuthResult, ErrorCode } from '../src/client.ts';

// Checked by tsc: each line below fails to compile when its guarantee is gone.

type Outputs = inferRouterOutputs<AppRouter>;
type AnswerOf<Method> = Method extends (...input: never[]) => Promise<AuthResult<infer T>>
  ? T
  : never;
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type AnswersLike<Methods, Router, Names extends keyof Methods & keyof Router> = {
  readonly [N in Names]: Same<AnswerOf<Methods[N]>, Router[N]>;
};
type Group = 'sessions' | 'twoFactor';
type AuthOutputs = Outputs['auth'];

/** What a method answers is what the router's procedure answers. */
export const answersTheRouters: AnswersLike<
  AuthClient,
  AuthOutputs,
  Exclude<keyof AuthOutputs & keyof AuthClient, Group>
> = {
  register: true,
  verifyEmail: true,
  resendVerification: true,
  forgotPassword: true,
  resetPassword: true,
  signupStatus: true,
  login: true,
  logout: true,
  profile: true,
  updateProfile: true,
  reauthenticate: true,
  changeEmail: true,
  changePassword: true,
  deleteAccount: true,
  securityEvents: true,
  validate: true,
};
export const sessionsAnswers: AnswersLike<
  AuthClient['sessions'],
  AuthOutputs['sessions'],
  keyof AuthOutputs['sessions']
> = { list: true, revoke: true, revokeOthers: true };
export const twoFactorAnswers: AnswersLike<
  AuthClient['twoFactor'],
  AuthOutputs['twoFactor'],
  keyof AuthOutputs['twoFactor']
> = {
  enable: true,
  confirm: true,
  verifyTotp: true,
  verifyBackupCode: true,
  regenerateBackupCodes: true,
  disable: true,
};

export const passkeysAnswers: AnswersLike<
  AuthClient['passkeys'],
  Outputs['passkeys'],
  keyof AuthClient['passkeys'] & keyof Outputs['passkeys']
> = { list: true, rename: true, remove: true };
export const passkeyCeremonies: readonly true[] = [
  true satisfies Same<
    AnswerOf<AuthClient['passkeys']['register']>,
    Outputs['passkeys']['registerVerify']
  >,
  true satisfies Same<
    AnswerOf<AuthClient['passkeys']['signIn']>,
    Outputs['passkeys']['authenticateVerify']
  >,
  true satisfies Same<
    AnswerOf<AuthClient['passkeys']['reauthenticate']>,
    Outputs['passkeys']['reauthenticateVerify']
  >,
];

export const notesAnswers: AnswersLike<
  AuthClient['notes'],
  Outputs['notes'],
  keyof Outputs['notes']
> = { list: true, create: true, update: true, remove: true };

/** A status may be without a vault, which a page has to look at first. */
export const vaultAnswers: readonly true[] = [
  true satisfies Same<AnswerOf<AuthClient['vault']['status']>, Outputs['vault']['status']>,
  true satisfies Same<AnswerOf<AuthClient['vault']['audit']>, Outputs['vault']['audit']>,
];

/** The fields of a record keep their names, and those that may be null still may. */
export async function decryptNote(client: AuthClient, title: string, tag: string | null) {
  const result = await client.vault.decryptFields({ recordId: 'note-1', fields: { title, tag } });
  if (!result.success) return undefined;
  return result.data satisfies { readonly title: string; readonly tag: string | null };
}

/** The client has every procedure but the two that it calls by itself. */
export const hasAll: Same<
  Exclude<keyof AuthOutputs, keyof AuthClient>,
  'refresh' | 'sessionToToken'
> = true;

export const health: Same<AnswerOf<AuthClient['health']>, Outputs['health']> = true;

/** Dates are dates. */
export const createdAt = (client: AuthClient): Date | undefined => {
  const state = client.session.get();
  return state.status === 'signed-in' ? state.user.createdAt : undefined;
};

// @ts-expect-error inputs come from the router too
export const wrongInput = (client: AuthClient) => client.login({ email: 'ada@example.org' });

// @ts-expect-error those of the groups too
export const wrongId = (client: AuthClient) => client.sessions.revoke({ id: 7 });

/** A page can tell what the second step may be. */
export const methods = (failure: AuthFailure): readonly ('totp' | 'backupCode')[] | undefined =>
  failure.twoFactor?.methods;

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
