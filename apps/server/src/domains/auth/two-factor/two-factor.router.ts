import { createRouter, freshProcedure, guardedProcedure } from '../../../trpc/procedures.ts';
import {
  confirmTwoFactorInput,
  verifyBackupCodeInput,
  verifyTotpInput,
} from './two-factor.schema.ts';
import {
  confirmTwoFactor,
  disableTwoFactor,
  enableTwoFactor,
  regenerateBackupCodes,
} from './two-factor-setup.service.ts';
import { verifyBackupCode, verifyTotp } from './two-factor-sign-in.service.ts';

export const twoFactorRouter = createRouter({
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
