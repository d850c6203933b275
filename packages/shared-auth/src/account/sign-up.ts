import type { Call } from '../transport/call.ts';
import type { Method, MethodWithoutInput } from '../transport/procedures.ts';

/** What people do before they can sign in, or when they can't. */
export interface SignUp {
  readonly signupStatus: MethodWithoutInput<'auth.signupStatus'>;
  readonly register: Method<'auth.register'>;
  /** What a link from a mail would do, and what it requires; does none of it. */
  readonly mailedLink: Method<'auth.mailedLink'>;
  /**
   * Confirms an address: that of a new account, with its password unless this browser signed up, or the new one
   * of the signed-in account, whose user the next `profile` brings up to date.
   */
  readonly verifyEmail: Method<'auth.verifyEmail'>;
  /** For the owner of a mailbox that somebody else signed up with. */
  readonly declineSignUp: Method<'auth.declineSignUp'>;
  /** Secret result: a token for `resetPassword`. Ends every session of the account. */
  readonly undoEmailChange: Method<'auth.undoEmailChange'>;
  readonly resendVerification: Method<'auth.resendVerification'>;
  readonly forgotPassword: Method<'auth.forgotPassword'>;
  /**
   * Ends every session of the link's owner. If one of them is in this browser, the next call finds that
   * out.
   */
  readonly resetPassword: Method<'auth.resetPassword'>;
  /** Lets this browser sign in to the link's account, which failed attempts have locked. It signs nobody in. */
  readonly unlock: Method<'auth.unlock'>;
}

/** None of these needs a session or changes one. */
export function createSignUp(call: Call): SignUp {
  return {
    signupStatus: () => call('auth.signupStatus', undefined),
    register: (input) => call('auth.register', input),
    mailedLink: (input) => call('auth.mailedLink', input),
    verifyEmail: (input) => call('auth.verifyEmail', input),
    declineSignUp: (input) => call('auth.declineSignUp', input),
    undoEmailChange: (input) => call('auth.undoEmailChange', input),
    resendVerification: (input) => call('auth.resendVerification', input),
    forgotPassword: (input) => call('auth.forgotPassword', input),
    resetPassword: (input) => call('auth.resetPassword', input),
    unlock: (input) => call('auth.unlock', input),
  };
}
