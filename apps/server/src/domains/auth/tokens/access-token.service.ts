import type { AccessTokenClaims } from '../../../access-tokens/access-tokens.ts';
import type { CallContext } from '../../../trpc/context.ts';

/**
 * Tells whether an access token is good now, with the keys in memory: no database. A bad or expired
 * one is an answer and never an error.
 */
export async function validateAccessToken(
  call: CallContext,
  token: string,
): Promise<{ valid: true; payload: AccessTokenClaims } | { valid: false }> {
  const verification = await call.deps.accessTokens.verify(token);
  return verification.status === 'valid'
    ? { valid: true, payload: verification.claims }
    : { valid: false };
}
