import type { AuthClient } from '../client/auth-client.ts';
import { reauthenticate } from '../session/reauthenticate.ts';
import type { SignInDependencies } from '../session/sign-in.ts';
import { trackUser } from '../session/watch-user.ts';
import type { Call } from '../transport/call.ts';
import { createSessionCall } from '../transport/observe-answer.ts';
import type { User } from '../transport/procedures.ts';

type Account = Pick<
  AuthClient,
  | 'profile'
  | 'updateProfile'
  | 'changeEmail'
  | 'changePassword'
  | 'deleteAccount'
  | 'reauthenticate'
  | 'sessions'
  | 'securityEvents'
> & { readonly twoFactor: Omit<AuthClient['twoFactor'], 'verifyTotp' | 'verifyBackupCode'> };

/** What somebody who is signed in does with their own account. */
export function createAccount(dependencies: SignInDependencies, call: Call): Account {
  const { session, tabs } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);

  function setUserFields(change: Partial<User>): void {
    const state = session.store.get();
    if (state.status === 'signed-in') session.setUser({ ...state.user, ...change });
  }

  return {
    profile: () => trackUser(dependencies, () => call('auth.profile', undefined)),
    updateProfile: (input) => trackUser(dependencies, () => call('auth.updateProfile', input)),
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
          onSuccess: () => setUserFields({ twoFactorEnabled: true }),
        }),
      regenerateBackupCodes: () =>
        callWithSession('auth.twoFactor.regenerateBackupCodes', undefined, {
          required: 'backupCodes',
        }),
      disable: () =>
        callWithSession('auth.twoFactor.disable', undefined, {
          required: 'disabled',
          onSuccess: () => setUserFields({ twoFactorEnabled: false }),
        }),
    },
  };
}
