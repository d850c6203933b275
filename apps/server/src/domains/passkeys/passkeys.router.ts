import {
  createRouter,
  freshProcedure,
  publicProcedure,
  sessionProcedure,
  signedInProcedure,
} from '../../trpc/procedures.ts';
import { readPasskeyList, removePasskey, renamePasskey } from './passkey-list.service.ts';
import {
  createReauthenticationOptions,
  reauthenticateWithPasskey,
} from './passkey-reauthentication.service.ts';
import { createRegistrationOptions, registerPasskey } from './passkey-registration.service.ts';
import {
  createAuthenticationOptions,
  describeCapability,
  signInWithPasskey,
} from './passkey-sign-in.service.ts';
import {
  authenticateVerifyInput,
  registerOptionsInput,
  registerVerifyInput,
  removeInput,
  renameInput,
} from './passkeys.schema.ts';

/** With passkeys off, every procedure except `capability` answers PASSKEY_NOT_ENABLED. */
const passkeys = { feature: 'passkeys' } as const;

/** The procedures under `passkeys`. */
export const passkeysRouter = createRouter({
  capability: publicProcedure.query(({ ctx }) => describeCapability(ctx.deps)),
  registerOptions: freshProcedure
    .meta(passkeys)
    .input(registerOptionsInput)
    .mutation(({ ctx, input }) => createRegistrationOptions(ctx, input)),
  registerVerify: freshProcedure
    .meta(passkeys)
    .input(registerVerifyInput)
    .mutation(({ ctx, input }) => registerPasskey(ctx, input)),
  authenticateOptions: publicProcedure
    .meta(passkeys)
    .mutation(({ ctx }) => createAuthenticationOptions(ctx)),
  authenticateVerify: publicProcedure
    .meta(passkeys)
    .input(authenticateVerifyInput)
    .mutation(({ ctx, input }) => signInWithPasskey(ctx, input.response)),
  reauthenticateOptions: sessionProcedure
    .meta(passkeys)
    .mutation(({ ctx }) => createReauthenticationOptions(ctx)),
  reauthenticateVerify: sessionProcedure
    .meta(passkeys)
    .input(authenticateVerifyInput)
    .mutation(({ ctx, input }) => reauthenticateWithPasskey(ctx, input.response)),
  list: signedInProcedure.meta(passkeys).query(({ ctx }) => readPasskeyList(ctx)),
  rename: signedInProcedure
    .meta(passkeys)
    .input(renameInput)
    .mutation(({ ctx, input }) => renamePasskey(ctx, input)),
  remove: freshProcedure
    .meta(passkeys)
    .input(removeInput)
    .mutation(({ ctx, input }) => removePasskey(ctx, input.id)),
});
