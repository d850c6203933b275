import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { publicProcedure } from '../../trpc/procedures.ts';

/** Whether this server can do its work, as `/readyz` tells it. SERVICE_UNAVAILABLE when it can't. */
export const healthProcedure = publicProcedure.query(async ({ ctx }) => {
  const { ready, checks } = await ctx.deps.readiness.check();
  if (!ready) {
    const failing = checks.filter((check) => !check.ok).flatMap((check) => check.problems);
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error(failing.join('; ')) });
  }
  return { status: 'ready' as const };
});
