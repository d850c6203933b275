import { z } from 'zod';

/** 1023 bytes at most (WebAuthn Level 3, section 7.1, step 25), as base64url without padding. */
const CREDENTIAL_ID_MAX_LENGTH = 1364;
/** Far more than any authenticator sends; a body has at most 64 KiB. */
const PART_MAX_LENGTH = 32_768;

const base64url = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[\w-]+$/, 'must be base64url');
const part = base64url(PART_MAX_LENGTH);
const credential = {
  id: base64url(CREDENTIAL_ID_MAX_LENGTH),
  rawId: base64url(CREDENTIAL_ID_MAX_LENGTH),
  type: z.literal('public-key'),
};
const transport = z.string().regex(/^[a-z-]{1,32}$/);
const passkeyId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u);
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}+$/u, 'must be plain text');

/** Which kind of registration the options are for. */
export const registerOptionsInput = z
  .object({
    /** For `mediation: "conditional"`, where the browser creates a passkey without asking. */
    conditional: z.boolean().default(false),
  })
  .prefault({});

/** RegistrationResponseJSON (WebAuthn Level 3, section 5.1), without the members that nothing reads. */
export const registerVerifyInput = z.object({
  response: z.object({
    ...credential,
    response: z.object({
      clientDataJSON: part,
      attestationObject: part,
      transports: z.array(transport).max(16).optional(),
    }),
  }),
  name: name.optional(),
  conditional: z.boolean().default(false),
});
/** A registration as a browser answers it, validated. */
export type RegistrationResponse = z.infer<typeof registerVerifyInput>['response'];

/** AuthenticationResponseJSON (WebAuthn Level 3, section 5.1), without the members that nothing reads. */
export const authenticateVerifyInput = z.object({
  response: z.object({
    ...credential,
    response: z.object({ clientDataJSON: part, authenticatorData: part, signature: part }),
  }),
});
/** An assertion as a browser answers it, validated. */
export type AuthenticationResponse = z.infer<typeof authenticateVerifyInput>['response'];

/** A passkey and its new name. */
export const renameInput = z.object({ id: passkeyId, name });
/** The passkey to remove. */
export const removeInput = z.object({ id: passkeyId });
