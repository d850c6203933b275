import {
  createRouter,
  freshProcedure,
  guardedProcedure,
  publicProcedure,
  sessionProcedure,
  signedInProcedure,
} from '../../trpc/procedures.ts';
import { deleteAccount } from './account/account-deletion.service.ts';
import { changeEmail } from './account/email-change.service.ts';
import { undoEmailChange } from './account/email-change-undo.service.ts';
import { changePassword } from './account/password-change.service.ts';
import { forgotPassword, resetPassword } from './account/password-reset.service.ts';
import { readSecurityEvents } from './account/security-events.service.ts';
import {
  listSessions,
  revokeOtherSessions,
  revokeSession,
} from './account/session-list.service.ts';
import {
  changeEmailInput,
  changePasswordInput,
  confirmTwoFactorInput,
  declineSignUpInput,
  forgotPasswordInput,
  loginInput,
  mailedLinkInput,
  reauthenticateInput,
  registerInput,
  resendVerificationInput,
  resetPasswordInput,
  revokeSessionInput,
  securityEventsInput,
  undoEmailChangeInput,
  unlockInput,
  updateProfileInput,
  validateInput,
  verifyBackupCodeInput,
  verifyEmailInput,
  verifyTotpInput,
} from './auth.schema.ts';
import { unlock } from './lockout/unlock.service.ts';
import { toPublicUser, updateProfile } from './profile.service.ts';
import { reauthenticate } from './sign-in/reauthentication.service.ts';
import {
  issueAccessToken,
  logout,
  refresh,
  validateAccessToken,
} from './sign-in/session.service.ts';
import { login } from './sign-in/sign-in.service.ts';
import { verifyBackupCode, verifyTotp } from './sign-in/two-factor-sign-in.service.ts';
import {
  declineSignUp,
  resendVerification,
  verifyEmail,
} from './sign-up/email-verification.service.ts';
import { describeMailedLink } from './sign-up/mailed-link.service.ts';
import { register } from './sign-up/sign-up.service.ts';
import { getSignupStatus } from './sign-up/signup-cap.service.ts';
import {
  confirmTwoFactor,
  disableTwoFactor,
  enableTwoFactor,
  regenerateBackupCodes,
} from './two-factor/two-factor-setup.service.ts';

const sessionsRouter = createRouter({
  list: signedInProcedure.query(({ ctx }) => listSessions(ctx)),
  revoke: signedInProcedure
    .input(revokeSessionInput)
    .mutation(({ ctx, input }) => revokeSession(ctx, input.id)),
  revokeOthers: signedInProcedure.mutation(({ ctx }) => revokeOtherSessions(ctx)),
});

const twoFactorRouter = createRouter({
  enable: freshProcedure.mutation(({ ctx }) => enableTwoFactor(ctx)),
  confirm: freshProcedure
    .meta({ limit: 'guarded' })
    .input(confirmTwoFactorInput)
    .mutation(({ ctx, input }) => confirmTwoFactor(ctx, input.code)),
  verifyTotp: guardedProcedure
    .input(verifyTotpInput)
    .mutation(({ ctx, input }) => verifyTotp(ctx, input)),
  verifyBackupCode: guardedProcedure
    .input(verifyBackupCodeInput)
    .mutation(({ ctx, input }) => verifyBackupCode(ctx, input)),
  regenerateBackupCodes: freshProcedure.mutation(({ ctx }) => regenerateBackupCodes(ctx)),
  disable: freshProcedure.mutation(({ ctx }) => disableTwoFactor(ctx)),
});

/** Accounts: signing up and in, second factors, sessions, and what their owner changes. */
export const authRouter = createRouter({
  register: guardedProcedure
    .input(registerInput)
    .mutation(({ ctx, input }) => register(ctx, input)),
  mailedLink: guardedProcedure
    .input(mailedLinkInput)
    .mutation(({ ctx, input }) => describeMailedLink(ctx, input)),
  verifyEmail: guardedProcedure
    .input(verifyEmailInput)
    .mutation(({ ctx, input }) => verifyEmail(ctx, input)),
  declineSignUp: guardedProcedure
    .input(declineSignUpInput)
    .mutation(({ ctx, input }) => declineSignUp(ctx, input.token)),
  undoEmailChange: guardedProcedure
    .input(undoEmailChangeInput)
    .mutation(({ ctx, input }) => undoEmailChange(ctx, input.token)),
  resendVerification: guardedProcedure
    .input(resendVerificationInput)
    .mutation(({ ctx, input }) => resendVerification(ctx, input)),
  forgotPassword: guardedProcedure
    .input(forgotPasswordInput)
    .mutation(({ ctx, input }) => forgotPassword(ctx, input)),
  resetPassword: guardedProcedure
    .input(resetPasswordInput)
    .mutation(({ ctx, input }) => resetPassword(ctx, input)),
  unlock: guardedProcedure
    .input(unlockInput)
    .mutation(({ ctx, input }) => unlock(ctx, input.token)),
  signupStatus: publicProcedure.query(({ ctx }) => getSignupStatus(ctx.deps)),
  login: guardedProcedure.input(loginInput).mutation(({ ctx, input }) => login(ctx, input)),
  reauthenticate: sessionProcedure
    .meta({ limit: 'guarded' })
    .input(reauthenticateInput)
    .mutation(({ ctx, input }) => reauthenticate(ctx, input)),
  logout: publicProcedure.mutation(({ ctx }) => logout(ctx)),
  sessionToToken: sessionProcedure.mutation(({ ctx }) => issueAccessToken(ctx, ctx.session)),
  refresh: sessionProcedure.mutation(({ ctx }) => refresh(ctx)),
  validate: publicProcedure
    .input(validateInput)
    .query(({ ctx, input }) => validateAccessToken(ctx, input.token)),
  profile: signedInProcedure.query(({ ctx }) => ({ user: toPublicUser(ctx.session.user) })),
  updateProfile: signedInProcedure
    .input(updateProfileInput)
    .mutation(({ ctx, input }) => updateProfile(ctx, input)),
  twoFactor: twoFactorRouter,
  changeEmail: freshProcedure
    .meta({ limit: 'guarded' })
    .input(changeEmailInput)
    .mutation(({ ctx, input }) => changeEmail(ctx, input)),
  changePassword: freshProcedure
    .meta({ limit: 'guarded' })
    .input(changePasswordInput)
    .mutation(({ ctx, input }) => changePassword(ctx, input)),
  deleteAccount: freshProcedure.mutation(({ ctx }) => deleteAccount(ctx)),
  sessions: sessionsRouter,
  securityEvents: signedInProcedure
    .input(securityEventsInput)
    .query(({ ctx, input }) => readSecurityEvents(ctx, input)),
});
