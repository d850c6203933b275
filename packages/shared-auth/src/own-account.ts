import { readProperty } from '@mana/auth-core/errors/safe-read';
import type { AuthClient } from './auth-client.ts';
import { toFailure } from './auth-failure.ts';
import type { InputOf, OutputOf, Procedure, User } from './procedures.ts';
import { reauthenticate } from './reauthenticate.ts';
import type { AuthResult } from './result.ts';
import type { SignInDependencies } from './sign-in-and-out.ts';
import { watchSession } from './watch-session.ts';
import { watchUser } from './watch-user.ts';

/** Calls a procedure and believes the router's types about its answer. */
export type Ask = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
) => Promise<AuthResult<OutputOf<P>>>;

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

  /** An answer without `promised`, the part that the caller builds on, is none. */
  function watch<P extends Procedure>(
    procedure: P,
    input: InputOf<P>,
    promised: keyof OutputOf<P> & string,
    onSuccess?: () => void,
  ): Promise<AuthResult<OutputOf<P>>> {
    async function askForPromised(): Promise<AuthResult<OutputOf<P>>> {
      const result = await ask(procedure, input);
      const isEmpty = result.success && readProperty(result.data, promised) === undefined;
      return isEmpty ? toFailure('SERVICE_UNAVAILABLE') : result;
    }
    return watchSession(dependencies, askForPromised, onSuccess);
  }

  function showChange(change: Partial<User>): void {
    const state = session.store.get();
    if (state.status === 'signed-in') session.showUser({ ...state.user, ...change });
  }

  return {
    profile: () => watchUser(dependencies, () => ask('auth.profile', undefined)),
    updateProfile: (input) => watchUser(dependencies, () => ask('auth.updateProfile', input)),
    reauthenticate: (input) => reauthenticate(dependencies, input),
    changeEmail: (input) => watch('auth.changeEmail', input, 'sent'),
    changePassword: (input) => watch('auth.changePassword', input, 'changed'),
    deleteAccount() {
      const sessionId = session.held()?.sessionId;
      return watch('auth.deleteAccount', undefined, 'deleted', () => {
        session.end();
        tabs.post({ type: 'signed-out', sessionId, ended: false });
      });
    },
    sessions: {
      list: () => watch('auth.sessions.list', undefined, 'sessions'),
      revoke: (input) => watch('auth.sessions.revoke', input, 'revoked'),
      revokeOthers: () => watch('auth.sessions.revokeOthers', undefined, 'revoked'),
    },
    securityEvents: (page = {}) => watch('auth.securityEvents', page, 'events'),
    twoFactor: {
      enable: () => watch('auth.twoFactor.enable', undefined, 'secret'),
      confirm: (input) =>
        watch('auth.twoFactor.confirm', input, 'backupCodes', () =>
          showChange({ twoFactorEnabled: true }),
        ),
      regenerateBackupCodes: () =>
        watch('auth.twoFactor.regenerateBackupCodes', undefined, 'backupCodes'),
      disable: () =>
        watch('auth.twoFactor.disable', undefined, 'disabled', () =>
          showChange({ twoFactorEnabled: false }),
        ),
    },
  };
}
