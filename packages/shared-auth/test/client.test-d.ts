import type { AppRouter } from '@mana/server/router';
import type { inferRouterOutputs } from '@trpc/server';
import type { AuthClient, AuthFailure, AuthResult, ErrorCode } from '../src/client.ts';
import type { InputOf, OutputOf, Procedure } from '../src/transport/procedures.ts';

// Checked by tsc: each line below stops compiling when its guarantee is lost.

type Outputs = inferRouterOutputs<AppRouter>;
type AnswerOf<Method> = Method extends (...input: never[]) => Promise<AuthResult<infer T>>
  ? T
  : never;
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type AnswersLike<Methods, Router, Names extends keyof Methods & keyof Router> = {
  readonly [N in Names]: Same<AnswerOf<Methods[N]>, Router[N]>;
};
type Missing<Methods, Router> = Exclude<keyof Router, keyof Methods>;
type Group = 'sessions' | 'twoFactor';
type AuthOutputs = Outputs['auth'];

/** A method resolves to what the router's procedure returns. */
export const answersTheRouters: AnswersLike<
  AuthClient,
  AuthOutputs,
  Exclude<keyof AuthOutputs & keyof AuthClient, Group>
> = {
  register: true,
  mailedLink: true,
  verifyEmail: true,
  declineSignUp: true,
  undoEmailChange: true,
  resendVerification: true,
  forgotPassword: true,
  resetPassword: true,
  unlock: true,
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

/** A user may have no vault, which a page has to check first. */
export const vaultAnswers: readonly true[] = [
  true satisfies Same<AnswerOf<AuthClient['vault']['status']>, Outputs['vault']['status']>,
  true satisfies Same<AnswerOf<AuthClient['vault']['audit']>, Outputs['vault']['audit']>,
];

/** The fields of a record keep their names, and nullable ones stay nullable. */
export async function decryptNote(client: AuthClient, title: string, tag: string | null) {
  const result = await client.vault.decryptFields({ recordId: 'note-1', fields: { title, tag } });
  if (!result.success) return undefined;
  return result.data satisfies { readonly title: string; readonly tag: string | null };
}

/** The client has every procedure, except those that its own methods call. */
export const hasAll: readonly true[] = [
  true satisfies Same<Missing<AuthClient, Outputs>, 'auth'>,
  true satisfies Same<Missing<AuthClient, AuthOutputs>, 'refresh' | 'sessionToToken'>,
  true satisfies Same<
    Missing<AuthClient['passkeys'], Outputs['passkeys']>,
    'capability' | `${'register' | 'authenticate' | 'reauthenticate'}${'Options' | 'Verify'}`
  >,
  true satisfies Same<
    Missing<AuthClient['vault'], Outputs['vault']>,
    | 'key'
    | 'passkeyOptions'
    | 'passkeyWraps'
    | 'setPasskeyWrap'
    | 'clearPasskeyWrap'
    | 'setRecoveryWrap'
    | 'clearRecoveryWrap'
  >,
];

type Atom = string | number | boolean | bigint | null | undefined | Date | Uint8Array;
type Uncarried<T> = unknown extends T
  ? 'unknown'
  : T extends Atom
    ? never
    : T extends (...input: never[]) => unknown
      ? T
      : T extends readonly (infer Item)[]
        ? Uncarried<Item>
        : { [Key in keyof T]-?: Uncarried<T[Key]> }[keyof T];

/** No input and no output has anything that `transport/codec.ts` doesn't carry. */
export const areCarried: readonly true[] = [
  true satisfies Same<Uncarried<{ [P in Procedure]: Exclude<InputOf<P>, void> }>, never>,
  true satisfies Same<Uncarried<{ [P in Procedure]: OutputOf<P> }>, never>,
  // @ts-expect-error a Map would need superjson at both ends
  true satisfies Same<Uncarried<{ a: readonly { b?: Map<string, Date> }[] }>, never>,
];

export const health: Same<AnswerOf<AuthClient['health']>, Outputs['health']> = true;

/** Dates are dates. */
export const createdAt = (client: AuthClient): Date | undefined => {
  const state = client.session.get();
  return state.status === 'signed-in' ? state.user.createdAt : undefined;
};

// @ts-expect-error inputs come from the router as well
export const wrongInput = (client: AuthClient) => client.login({ email: 'ada@example.org' });

// @ts-expect-error also those of groups
export const wrongId = (client: AuthClient) => client.sessions.revoke({ id: 7 });

/** A page can tell which second steps there are. */
export const methods = (failure: AuthFailure): readonly ('totp' | 'backupCode')[] | undefined =>
  failure.twoFactor?.methods;

// @ts-expect-error there is data only after checking for success
export const unchecked = (result: AuthResult<{ id: string }>) => result.data;

/** The failure's type has every code, so a switch over all of them compiles without a default. */
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

/** A page's sentence for each code: leaving one out doesn't compile. */
export const missing = {
  INTERNAL: 'x',
  // @ts-expect-error eighteen and more are missing
} satisfies Record<ErrorCode, string>;
