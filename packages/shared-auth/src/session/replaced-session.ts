import type { Procedure } from '../transport/procedures.ts';
import type { Transport } from '../transport/transport.ts';
import type { CurrentSession } from './current-session.ts';
import type { Renewal } from './renewal.ts';

/** Procedures that give the session a new id and token without returning an access token for it. */
const REPLACING: ReadonlySet<string> = new Set<Procedure>([
  'auth.changePassword',
  'auth.twoFactor.confirm',
  'auth.twoFactor.regenerateBackupCodes',
  'auth.twoFactor.disable',
  'passkeys.registerVerify',
  'passkeys.remove',
]);

interface Dependencies {
  readonly session: CurrentSession;
  readonly transport: Transport;
  readonly getAccessToken: Renewal['getAccessToken'];
}

/**
 * The same transport, for calls that may replace the session: a client without a cookie jar keeps the token
 * that comes with the response, and all tabs get an access token for the new session, since the one they
 * have ends within seconds.
 */
export function createReplacingTransport({
  session,
  transport,
  getAccessToken,
}: Dependencies): Transport {
  return async (path, input, signal) => {
    const scope = session.scope();
    const response = await transport(path, input, signal);
    if (scope.aborted) return response;
    if (response.sessionToken) session.replaceToken(response.sessionToken);
    if (response.result.success && REPLACING.has(path) && session.active()) {
      session.expireAccessToken();
      void getAccessToken();
    }
    return response;
  };
}
