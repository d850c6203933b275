import {
  createRouter,
  guardedProcedure,
  publicProcedure,
  sessionProcedure,
  signedInProcedure,
} from '../../trpc/procedures.ts';
import { validateAccessToken } from './access-token.service.ts';
import {
  loginInput,
  registerInput,
  resendVerificationInput,
  updateProfileInput,
  validateInput,
  verifyEmailInput,
} from './auth.schema.ts';
import { resendVerification, verifyEmail } from './email-verification.service.ts';
import { updateProfile } from './profile.service.ts';
import { toPublicUser } from './public-user.ts';
import { answerSession, logout, refresh } from './session.service.ts';
import { login } from './sign-in.service.ts';
import { register } from './sign-up.service.ts';

export const authRouter = createRouter({
  register: guardedProcedure
    .input(registerInput)
    .mutation(({ ctx, input }) => register(ctx, input)),
  verifyEmail: guardedProcedure
    .input(verifyEmailInput)
    .mutation(({ ctx, input }) => verifyEmail(ctx.deps, input.token)),
  resendVerification: guardedProcedure
    .input(resendVerificationInput)
    .mutation(({ ctx, input }) => resendVerification(ctx, input)),
  login: guardedProcedure.input(loginInput).mutation(({ ctx, input }) => login(ctx, input)),
  logout: publicProcedure.mutation(({ ctx }) => logout(ctx)),
  sessionToToken: sessionProcedure.mutation(({ ctx }) => answerSession(ctx, ctx.session)),
  refresh: sessionProcedure.mutation(({ ctx }) => refresh(ctx)),
  validate: publicProcedure
    .input(validateInput)
    .query(({ ctx, input }) => validateAccessToken(ctx, input.token)),
  profile: signedInProcedure.query(({ ctx }) => ({ user: toPublicUser(ctx.session.user) })),
  updateProfile: signedInProcedure
    .input(updateProfileInput)
    .mutation(({ ctx, input }) => updateProfile(ctx, input)),
});
