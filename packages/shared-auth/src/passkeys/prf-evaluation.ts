import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import { parsePrfOutput } from '@mana/auth-core/vault/wraps/prf-output';
import { toFailure } from '../transport/auth-failure.ts';
import { handleAuthError } from '../transport/handle-auth-error.ts';
import type { Passkey } from '../transport/procedures.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import { encodeBase64url } from './browser/base64url.ts';
import { getPrfOutput } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyContext } from './context.ts';

/** Which passkeys may compute their secret, and until when. */
export interface PrfRequest {
  /** Those the user may choose from. */
  readonly passkeys: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
  /** Ends the prompt. */
  readonly signal: AbortSignal;
}

/** The chosen passkey and its secret. */
export interface PrfOutput {
  /** Base64url. */
  readonly credentialId: string;
  /** 32 bytes, secret: the caller wipes them. */
  readonly output: Uint8Array<ArrayBuffer>;
}

/**
 * Has one of the passkeys compute its secret for the vault. PASSKEY_CANCELLED once the prompt is closed
 * or another begins, PASSKEY_NOT_ENABLED where there are no passkeys, VALIDATION for a passkey that lacks
 * the extension or returns an invalid secret.
 */
export type EvaluatePrf = (request: PrfRequest) => Promise<AuthResult<PrfOutput>>;

const CHALLENGE_BYTES = 32;

/** Prompts as part of the queue, like the other ceremonies. */
export function createPrfEvaluation(
  { capability, platform }: PasskeyContext,
  queue: CeremonyQueue,
): EvaluatePrf {
  return async ({ passkeys, signal }) => {
    if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
    const evaluated = await queue.run({ signal }, async (signal) => {
      const known = await capability.get();
      if (!known.success) return known;
      if (!known.data.available) return toFailure('PASSKEY_NOT_ENABLED');
      const options = { ...toOptions(passkeys), rpId: known.data.rpId };
      return getPrfOutput(platform, options, { signal });
    });
    return evaluated.success ? parseOutput(evaluated.data) : evaluated;
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

/** Wipes the browser's own buffer. */
function parseOutput(evaluated: { credentialId: string; output: unknown }): AuthResult<PrfOutput> {
  const { credentialId, output } = evaluated;
  try {
    return succeed({ credentialId, output: parsePrfOutput(output) });
  } catch (error) {
    return handleAuthError(error);
  } finally {
    if (output instanceof ArrayBuffer) wipeBytes(new Uint8Array(output));
  }
}
