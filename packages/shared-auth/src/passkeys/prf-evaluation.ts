import { toFailure } from '../transport/auth-failure.ts';
import type { Passkey } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { encodeBase64url } from './browser/base64url.ts';
import { getPrfOutput, type PrfOutput } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyContext } from './context.ts';

/** Which passkeys may compute a secret, from what, and until when. */
export interface PrfRequest {
  /** Those the user may choose from. */
  readonly passkeys: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
  /** The same input gives the same secret. */
  readonly input: string;
  /** Ends the prompt. */
  readonly signal: AbortSignal;
}

/**
 * Has one of the passkeys compute its secret for the input. PASSKEY_CANCELLED once the prompt is closed or
 * another begins, PASSKEY_NOT_ENABLED where there are no passkeys.
 */
export type EvaluatePrf = (request: PrfRequest) => Promise<AuthResult<PrfOutput>>;

const CHALLENGE_BYTES = 32;

/** Prompts as part of the queue, like the other ceremonies. */
export function createPrfEvaluation(
  { capability, platform }: PasskeyContext,
  queue: CeremonyQueue,
): EvaluatePrf {
  return async ({ passkeys, input, signal }) => {
    if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
    return queue.run({ signal }, async (signal) => {
      const known = await capability.get();
      if (!known.success) return known;
      if (!known.data.available) return toFailure('PASSKEY_NOT_ENABLED');
      const options = { ...toOptions(passkeys), rpId: known.data.rpId };
      return getPrfOutput(platform, { options, input }, { signal });
    });
  };
}

/** Nobody verifies the assertion itself, so its challenge needn't be the server's. */
function toOptions(passkeys: PrfRequest['passkeys']) {
  const challenge = crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES));
  return {
    challenge: encodeBase64url(challenge.buffer),
    allowCredentials: passkeys.map(({ credentialId: id, transports }) => ({ id, transports })),
    userVerification: 'required',
  } as const;
}
