import type { Call } from '../transport/call.ts';
import type { Method, MethodWithoutInput } from '../transport/procedures.ts';

/** What people do before they can sign in, or when they can't. */
export interface SignUp {
  readonly signupStatus: MethodWithoutInput<'auth.signupStatus'>;
  readonly register: Method<'auth.register'>;
  readonly verifyEmail: Method<'auth.verifyEmail'>;
  readonly resendVerification: Method<'auth.resendVerification'>;
  readonly forgotPassword: Method<'auth.forgotPassword'>;
  /**
   * Ends every session of the link's owner. If one of them is in this browser, the next call finds that
   * out.
   */
  readonly resetPassword: Method<'auth.resetPassword'>;
}

/** None of these needs a session or changes one. */
export function createSignUp(call: Call): SignUp {
  return {
    signupStatus: () => call('auth.signupStatus', undefined),
    register: (input) => call('auth.register', input),
    verifyEmail: (input) => call('auth.verifyEmail', input),
    resendVerification: (input) => call('auth.resendVerification', input),
    forgotPassword: (input) => call('auth.forgotPassword', input),
    resetPassword: (input) => call('auth.resetPassword', input),
  };
}
