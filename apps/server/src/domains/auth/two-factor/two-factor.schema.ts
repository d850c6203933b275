import { z } from 'zod';

/** As apps show it, perhaps with a gap in the middle. What can't be a code is VALIDATION, and no guess. */
const totpCode = z
  .string()
  .max(32)
  .transform((code) => code.replace(/\s/g, ''))
  .pipe(z.string().regex(/^\d{6}$/, 'wants the six digits of the app'));
const backupCode = z
  .string()
  .max(64)
  .regex(/[A-Za-z0-9]/, 'wants one of the codes');
/** No token of ours is longer. What isn't one is TOKEN_INVALID, not VALIDATION. */
const challenge = z.string().max(8192).optional();

export const confirmTwoFactorInput = z.object({ code: totpCode });
export const verifyTotpInput = z.object({ code: totpCode, challenge });
export const verifyBackupCodeInput = z.object({ code: backupCode, challenge });
