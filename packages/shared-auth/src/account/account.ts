import { isUser } from '../session/active-session.ts';
import { createSessionCall, withSession } from '../session/session-call.ts';
import { reauthenticate, type SignInDependencies } from '../session/sign-in.ts';
import { toFailure } from '../transport/auth-failure.ts';
import type { Call } from '../transport/call.ts';
import type {
  InputOf,
  Method,
  MethodWithoutInput,
  OutputOf,
  User,
} from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';

/** What signed-in users do with their own account. */
export interface Account {
  readonly profile: MethodWithoutInput<'auth.profile'>;
  readonly updateProfile: Method<'auth.updateProfile'>;
  /**
   * Proves again who is signed in. Calls that change what protects the account fail with
   * REAUTHENTICATION_REQUIRED when the last proof is more than ten minutes old.
   */
  readonly reauthenticate: Method<'auth.reauthenticate'>;
  /** Sends a link to the new address; the old one stays in use until somebody opens it. */
  readonly changeEmail: Method<'auth.changeEmail'>;
  readonly changePassword: Method<'auth.changePassword'>;
  /** Deletes the account for good, and signs out in all tabs. */
  readonly deleteAccount: MethodWithoutInput<'auth.deleteAccount'>;
  readonly sessions: {
    readonly list: MethodWithoutInput<'auth.sessions.list'>;
    readonly revoke: Method<'auth.sessions.revoke'>;
    readonly revokeOthers: MethodWithoutInput<'auth.sessions.revokeOthers'>;
  };
  /** What was done to the account, then the calls that failed, newest first, a page at a time. */
  securityEvents(
    page?: InputOf<'auth.securityEvents'>,
  ): Promise<AuthResult<OutputOf<'auth.securityEvents'>>>;
  readonly twoFactor: {
    /** Secret result. It takes effect with `confirm`. */
    readonly enable: MethodWithoutInput<'auth.twoFactor.enable'>;
    /** Secret result. Turns two-factor sign-in on, and returns the backup codes, this once. */
    readonly confirm: Method<'auth.twoFactor.confirm'>;
    /** Secret result. The earlier codes stop working. */
    readonly regenerateBackupCodes: MethodWithoutInput<'auth.twoFactor.regenerateBackupCodes'>;
    readonly disable: MethodWithoutInput<'auth.twoFactor.disable'>;
  };
}

/** Keeps the session's user in step with what the calls change. */
export function createAccount(dependencies: SignInDependencies, call: Call): Account {
  const { session, tabs } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);

  /** For calls that return the signed-in user as they are now. */
  function syncUser(
    callForUser: () => Promise<AuthResult<{ user: User }>>,
  ): Promise<AuthResult<{ user: User }>> {
    async function callAndCheck(): Promise<AuthResult<{ user: User }>> {
      const result = await callForUser();
      return !result.success || isUser(result.data.user)
        ? result
        : toFailure('SERVICE_UNAVAILABLE');
    }
    return withSession(dependencies, callAndCheck, ({ user }) => session.setUser(user));
  }

  function updateUser(change: Partial<User>): void {
    const state = session.store.get();
    if (state.status === 'signed-in') session.setUser({ ...state.user, ...change });
  }

  return {
    profile: () => syncUser(() => call('auth.profile', undefined)),
    updateProfile: (input) => syncUser(() => call('auth.updateProfile', input)),
    reauthenticate: (input) => reauthenticate(dependencies, 'auth.reauthenticate', input),
    changeEmail: (input) => callWithSession('auth.changeEmail', input, { required: 'sent' }),
    changePassword: (input) =>
      callWithSession('auth.changePassword', input, { required: 'changed' }),
    deleteAccount() {
      const sessionId = session.active()?.sessionId;
      return callWithSession('auth.deleteAccount', undefined, {
        required: 'deleted',
        onSuccess() {
          session.end();
          tabs.post({ type: 'signed-out', sessionId, ended: false });
        },
      });
    },
    sessions: {
      list: () => callWithSession('auth.sessions.list', undefined, { required: 'sessions' }),
      revoke: (input) => callWithSession('auth.sessions.revoke', input, { required: 'revoked' }),
      revokeOthers: () =>
        callWithSession('auth.sessions.revokeOthers', undefined, { required: 'revoked' }),
    },
    securityEvents: (page = {}) =>
      callWithSession('auth.securityEvents', page, { required: 'events' }),
    twoFactor: {
      enable: () => callWithSession('auth.twoFactor.enable', undefined, { required: 'secret' }),
      confirm: (input) =>
        callWithSession('auth.twoFactor.confirm', input, {
          required: 'backupCodes',
          onSuccess: () => updateUser({ twoFactorEnabled: true }),
        }),
      regenerateBackupCodes: () =>
        callWithSession('auth.twoFactor.regenerateBackupCodes', undefined, {
          required: 'backupCodes',
        }),
      disable: () =>
        callWithSession('auth.twoFactor.disable', undefined, {
          required: 'disabled',
          onSuccess: () => updateUser({ twoFactorEnabled: false }),
        }),
    },
  };
}
