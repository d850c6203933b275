import type { AuthClient } from '../client/auth-client.ts';
import { reauthenticate } from '../session/reauthenticate.ts';
import type { SignInDependencies } from '../session/sign-in.ts';
import { watchUser } from '../session/watch-user.ts';
import type { Ask } from '../transport/call.ts';
import { createWatch } from '../transport/observe-answer.ts';
import type { User } from '../transport/procedures.ts';

type OwnAccount = Pick<
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
export function createOwnAccount(dependencies: SignInDependencies, ask: Ask): OwnAccount {
  const { session, tabs } = dependencies;
  const watch = createWatch(dependencies, ask);

  function showChange(change: Partial<User>): void {
    const state = session.store.get();
    if (state.status === 'signed-in') session.showUser({ ...state.user, ...change });
  }

  return {
    profile: () => watchUser(dependencies, () => ask('auth.profile', undefined)),
    updateProfile: (input) => watchUser(dependencies, () => ask('auth.updateProfile', input)),
    reauthenticate: (input) => reauthenticate(dependencies, 'auth.reauthenticate', input),
    changeEmail: (input) => watch('auth.changeEmail', input, { promised: 'sent' }),
    changePassword: (input) => watch('auth.changePassword', input, { promised: 'changed' }),
    deleteAccount() {
      const sessionId = session.held()?.sessionId;
      return watch('auth.deleteAccount', undefined, {
        promised: 'deleted',
        onSuccess() {
          session.end();
          tabs.post({ type: 'signed-out', sessionId, ended: false });
        },
      });
    },
    sessions: {
      list: () => watch('auth.sessions.list', undefined, { promised: 'sessions' }),
      revoke: (input) => watch('auth.sessions.revoke', input, { promised: 'revoked' }),
      revokeOthers: () => watch('auth.sessions.revokeOthers', undefined, { promised: 'revoked' }),
    },
    securityEvents: (page = {}) => watch('auth.securityEvents', page, { promised: 'events' }),
    twoFactor: {
      enable: () => watch('auth.twoFactor.enable', undefined, { promised: 'secret' }),
      confirm: (input) =>
        watch('auth.twoFactor.confirm', input, {
          promised: 'backupCodes',
          onSuccess: () => showChange({ twoFactorEnabled: true }),
        }),
      regenerateBackupCodes: () =>
        watch('auth.twoFactor.regenerateBackupCodes', undefined, { promised: 'backupCodes' }),
      disable: () =>
        watch('auth.twoFactor.disable', undefined, {
          promised: 'disabled',
          onSuccess: () => showChange({ twoFactorEnabled: false }),
        }),
    },
  };
}
