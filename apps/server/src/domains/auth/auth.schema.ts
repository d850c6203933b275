import { normalizeTypedCode } from '@mana/auth-core/typed-code';
import { z } from 'zod';
import { cursorInput } from '../../pagination.ts';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-policy.ts';
import { findEventPosition } from '../../security-events/event-cursor.ts';
import { newEmail, storedEmail } from './email-address.ts';

const password = z.string().min(1).max(PASSWORD_MAX_LENGTH);
const name = z.string().trim().min(1).max(100).refine(hasNoControlCharacters, 'must be plain text');
const callbackURL = z.string().max(2048).optional();
/** As the URL parser writes it: what it would encode or drop never reaches the database. */
const imageUrl = z
  .url({ protocol: /^https$/ })
  .transform((value) => new URL(value).href)
  .pipe(z.string().max(2048));
/** No token that we issue is longer. Text that isn't one is TOKEN_INVALID or `valid: false`, not VALIDATION. */
const token = z.string().max(8192);
/** As apps show it, and however it was typed. What can't be a code is VALIDATION, and no attempt. */
const totpCode = z
  .string()
  .max(64)
  .transform(normalizeTypedCode)
  .pipe(z.string().regex(/^\d{6}$/, 'must be the six digits that the app shows'));
const backupCode = z
  .string()
  .max(64)
  .transform(normalizeTypedCode)
  .pipe(z.string().regex(/^[A-Za-z0-9]+$/, 'must be one of the backup codes'));
/** Either of them. No backup code is shorter than eight characters: what is, was mistyped. */
const anyCode = z
  .string()
  .max(64)
  .transform(normalizeTypedCode)
  .pipe(
    z
      .string()
      .regex(
        /^(\d{6}|[A-Za-z0-9]{8,})$/,
        'must be the six digits that the app shows, or one of the backup codes',
      ),
  );
const challenge = token.optional();

/** A new account. */
export const registerInput = z.object({ email: newEmail, password, name, callbackURL });
/** The token from a mailed link, and the page that it names. */
export const mailedLinkInput = z.object({ token, callbackURL });
/** The token from a link that proves an address, and the new account's password if it is required. */
export const verifyEmailInput = z.object({ token, password: password.optional() });
/** The token from a link that confirms a new account. */
export const declineSignUpInput = z.object({ token });
/** The token from a link that undoes a change of address. */
export const undoEmailChangeInput = z.object({ token });
/** Where another link is to be mailed. */
export const resendVerificationInput = z.object({ email: storedEmail, callbackURL });
/** An address and its password. */
export const loginInput = z.object({ email: storedEmail, password });
/** The caller's password, once more, and a code if the account has a second factor. */
export const reauthenticateInput = z.object({ password, code: anyCode.optional() });
/** Where a link that sets a new password is to be mailed. */
export const forgotPasswordInput = z.object({ email: storedEmail, callbackURL });
/** The token from such a link, and the new password. */
export const resetPasswordInput = z.object({ token, newPassword: password });
/** The token from a link that unlocks an account. */
export const unlockInput = z.object({ token });
/** Both passwords, and whether the other sessions end. */
export const changePasswordInput = z.object({
  currentPassword: password,
  newPassword: password,
  revokeOtherSessions: z.boolean().default(true),
});
/** The address that the account should get. */
export const changeEmailInput = z.object({ newEmail, callbackURL });
/** The session to end. */
export const revokeSessionInput = z.object({
  id: z.string().max(200).refine(hasNoControlCharacters),
});
/** A page of security events. */
export const securityEventsInput = z
  .object({
    cursor: cursorInput(findEventPosition),
    limit: z.int().min(1).max(100).default(20),
  })
  .prefault({});
/** What may be an access token. */
export const validateInput = z.object({ token });
/** The parts of the profile that change; an image of null removes it. */
export const updateProfileInput = z.object({
  name: name.optional(),
  image: imageUrl.nullable().optional(),
});
/** The first code that an app shows. */
export const confirmTwoFactorInput = z.object({ code: totpCode });
/** A code from the app, for a sign-in that waits for it. */
export const verifyTotpInput = z.object({ code: totpCode, challenge });
/** A backup code, for a sign-in that waits for it. */
export const verifyBackupCodeInput = z.object({ code: backupCode, challenge });

function hasNoControlCharacters(value: string): boolean {
  return !/\p{Cc}/u.test(value);
}
