import { AuthError, isAuthError } from '../codes/auth-error.ts';
import { collectCauseChain } from './cause-chain.ts';
import type { Classification } from './classification.ts';
import { classifyBetterAuth } from './classify-better-auth.ts';
import { classifyDatabaseDriver } from './classify-database-driver.ts';
import { classifyNetwork } from './classify-network.ts';
import { classifyPostgres } from './classify-postgres.ts';
import { classifyTrpc } from './classify-trpc.ts';
import { classifyValidation } from './classify-validation.ts';

/**
 * The `AuthError` for anything that was thrown, with the thrown value as its cause. Never throws:
 * what isn't recognised is INTERNAL.
 *
 * Looks through `cause` and `errors`. An infrastructure fault anywhere in there wins over everything
 * else, so that no library and no wrapper of ours can turn it into a user's mistake. Next comes an
 * `AuthError`, which passes through as it is; then the outermost error that is recognised.
 */
export function classifyFromError(error: unknown): AuthError {
  try {
    return decide(error, collectCauseChain(error));
  } catch {
    // A proxy can read differently the second time; INTERNAL blames nobody.
    return new AuthError('INTERNAL', { cause: error });
  }
}

/**
 * As `classifyFromError`, but if the database layer saw faults during the request, the result is
 * SERVICE_UNAVAILABLE with the first of them as its cause, whatever was thrown afterwards.
 */
export function classifyWithFaults(error: unknown, faults: readonly unknown[]): AuthError {
  if (faults.length === 0) return classifyFromError(error);
  const cause = faults[0];
  return new AuthError('SERVICE_UNAVAILABLE', { cause, rawCode: classifyFromError(cause).rawCode });
}

/** Whether an error is an infrastructure fault: it classifies as SERVICE_UNAVAILABLE. */
export function isInfrastructureFault(error: unknown): boolean {
  return classifyFromError(error).code === 'SERVICE_UNAVAILABLE';
}

function decide(error: unknown, links: readonly unknown[]): AuthError {
  let own: AuthError | undefined;
  let abort: Classification | undefined;
  let known: Classification | undefined;
  for (const link of links) {
    if (isAuthError(link)) {
      if (link.code === 'SERVICE_UNAVAILABLE') return link;
      own ??= link;
      continue;
    }
    const classification = classifyLink(link);
    if (classification?.isAbort) abort ??= classification;
    else if (classification?.code === 'SERVICE_UNAVAILABLE')
      return toAuthError(classification, error);
    else known ??= classification;
  }
  return own ?? toAuthError(abort ?? known ?? { code: 'INTERNAL' }, error);
}

function classifyLink(link: unknown): Classification | undefined {
  return (
    classifyPostgres(link) ??
    classifyDatabaseDriver(link) ??
    classifyBetterAuth(link) ??
    classifyTrpc(link) ??
    classifyValidation(link) ??
    classifyNetwork(link)
  );
}

function toAuthError(classification: Classification, cause: unknown): AuthError {
  return new AuthError(classification.code, {
    cause,
    path: classification.path,
    rawCode: classification.rawCode,
  });
}
