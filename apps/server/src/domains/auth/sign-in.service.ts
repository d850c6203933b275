import { AuthError } from '@mana/auth-core/errors/auth-error';
import { classifyWithFaults } from '@mana/auth-core/errors/classify-from-error';
import { errorTable } from '@mana/auth-core/errors/codes';
import { toAuthHeaders } from '../../client-request.ts';
import { deleteSessionByToken, findLiveSession } from '../../sessions/sessions.repository.ts';
import type { CallContext } from '../../trpc/context.ts';
import { insertPasswordAttempt } from './login-attempts.repository.ts';
import type { SignedIn } from './session.service.ts';
import { answerSession } from './session.service.ts';

/**
 * Signs in with a password: sets the session cookie and answers an access token.
 *
 * Throws INVALID_CREDENTIALS (the same for an unknown address, after the same work) or
 * EMAIL_NOT_VERIFIED (only to who knows the password). The attempt is recorded unless the fault was ours.
 */
export async function login(
  call: CallContext,
  credentials: { email: string; password: string },
): Promise<SignedIn> {
  const { db, now } = call.deps;
  const { headers, token } = await checkPassword(call, credentials);
  try {
    const session = await findLiveSession(db, { token }, now());
    await recordAttempt(call, credentials.email, session !== undefined);
    // A user who is marked as deleted has a password still; to the caller there is no such account.
    if (!session) throw new AuthError('INVALID_CREDENTIALS');
    const answer = await answerSession(call, session);
    call.passOn(headers);
    return answer;
  } catch (error) {
    await endUnclaimedSession(call, token);
    throw error;
  }
}

/** Ends a session whose token nobody got. It would harm nobody, so a failure is only logged. */
async function endUnclaimedSession(call: CallContext, token: string): Promise<void> {
  try {
    await deleteSessionByToken(call.deps.db, token);
  } catch (error) {
    call.deps.log.debug({ err: error }, 'a session that nobody got was left to expire');
  }
}

async function checkPassword(
  call: CallContext,
  credentials: { email: string; password: string },
): Promise<{ headers: Headers; token: string }> {
  try {
    const { headers, response } = await call.deps.auth.api.signInEmail({
      body: credentials,
      headers: toAuthHeaders({ ...call.request, cookie: null, authorization: null }),
      returnHeaders: true,
    });
    return { headers, token: response.token };
  } catch (error) {
    const failure = classifyWithFaults(error, call.seenFaults());
    if (errorTable[failure.code].countsTowardLockout) {
      await recordAttempt(call, credentials.email, false);
    }
    throw failure;
  }
}

async function recordAttempt(call: CallContext, email: string, successful: boolean): Promise<void> {
  const { db, now } = call.deps;
  await insertPasswordAttempt(db, {
    email,
    address: call.request.address,
    successful,
    at: now(),
  });
}
