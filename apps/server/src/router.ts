import { authRouter } from './domains/auth/auth.router.ts';
import { healthProcedure } from './domains/health/health.router.ts';
import { notesRouter } from './domains/notes/notes.router.ts';
import { passkeysRouter } from './domains/passkeys/passkeys.router.ts';
import { vaultRouter } from './domains/vault/vault.router.ts';
import { createCallerFactory, createRouter } from './trpc/procedures.ts';

/** Every procedure, one line for each domain. */
export const appRouter = createRouter({
  auth: authRouter,
  passkeys: passkeysRouter,
  vault: vaultRouter,
  notes: notesRouter,
  health: healthProcedure,
});

/** The type that the SDK is built on. */
export type AppRouter = typeof appRouter;

/** Calls procedures from within the server, through all the middleware that a call over HTTP goes through. */
export const createCaller = createCallerFactory(appRouter);
