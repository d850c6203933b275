import {
  createRouter,
  freshProcedure,
  publicProcedure,
  signedInProcedure,
} from '../../trpc/procedures.ts';
import { describeCapability } from './capability.ts';
import { listOwnPasskeys, removeOwnPasskey, renameOwnPasskey } from './passkey-list.service.ts';
import {
  createReauthenticationOptions,
  reauthenticateWithPasskey,
} from './passkey-reauthentication.service.ts';
import { createRegistrationOptions, registerPasskey } from './passkey-registration.service.ts';
import { createAuthenticationOptions, signInWithPasskey } from './passkey-sign-in.service.ts';
import {
  authenticateVerifyInput,
  registerOptionsInput,
  registerVerifyInput,
  removeInput,
  renameInput,
} from './passkeys.schema.ts';

/** Where passkeys are off, every procedure but `capability` answers PASSKEY_NOT_ENABLED. */
const passkeys = { feature: 'passkeys' } as const;

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
  reauthenticateOptions: signedInProcedure
    .meta(passkeys)
    .mutation(({ ctx }) => createReauthenticationOptions(ctx)),
  reauthenticateVerify: signedInProcedure
    .meta(passkeys)
    .input(authenticateVerifyInput)
    .mutation(({ ctx, input }) => reauthenticateWithPasskey(ctx, input.response)),
  list: signedInProcedure.meta(passkeys).query(({ ctx }) => listOwnPasskeys(ctx)),
  rename: signedInProcedure
    .meta(passkeys)
    .input(renameInput)
    .mutation(({ ctx, input }) => renameOwnPasskey(ctx, input)),
  remove: freshProcedure
    .meta(passkeys)
    .input(removeInput)
    .mutation(({ ctx, input }) => removeOwnPasskey(ctx, input.id)),
});
