import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import { PRF_INPUT, parsePrfOutput } from '@mana/auth-core/vault/wraps/prf-output';
import { toFailure } from '../../transport/auth-failure.ts';
import { handleAuthError } from '../../transport/handle-auth-error.ts';
import type { Passkey } from '../../transport/procedures.ts';
import { type AuthResult, succeed } from '../../transport/result.ts';
import type { PasskeyDependencies } from '../passkey-dependencies.ts';
import { encodeBase64url } from './base64url.ts';
import { getPrfOutput } from './call-browser.ts';
import type { CeremonyQueue } from './ceremony-queue.ts';

export interface PrfRequest {
  /** Those that the user may choose from. */
  readonly passkeys: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
  /** Ends the prompt. */
  readonly signal: AbortSignal;
}

export interface PrfAnswer {
  /** Of the passkey that was chosen, base64url. */
  readonly credentialId: string;
  /** 32 bytes, secret: whoever asked wipes them. */
  readonly output: Uint8Array<ArrayBuffer>;
}

/**
 * Has one of the passkeys compute its secret for the vault. PASSKEY_CANCELLED once the prompt is closed or
 * another begins, PASSKEY_NOT_ENABLED where there are no passkeys, VALIDATION for one without the extension
 * or with a secret that is none.
 */
export type EvaluatePrf = (request: PrfRequest) => Promise<AuthResult<PrfAnswer>>;

const CHALLENGE_BYTES = 32;

export function createPrfEvaluation(
  { capability, platform }: PasskeyDependencies,
  queue: CeremonyQueue,
): EvaluatePrf {
  return async ({ passkeys, signal }) => {
    if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
    const answered = await queue.run({ kind: 'requested', signal }, async (signal) => {
      const known = await capability.get();
      if (!known.success) return known;
      if (!known.data.available) return toFailure('PASSKEY_NOT_ENABLED');
      const { rpId } = known.data;
      const options = { ...toOptions(passkeys), rpId };
      return getPrfOutput(platform, { options, input: PRF_INPUT }, { signal });
    });
    return answered.success ? parseAnswer(answered.data) : answered;
  };
}

/** The assertion itself is shown to nobody, so its challenge needn't be the server's. */
function toOptions(passkeys: PrfRequest['passkeys']) {
  const challenge = crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES));
  return {
    challenge: encodeBase64url(challenge.buffer),
    allowCredentials: passkeys.map(({ credentialId: id, transports }) => ({ id, transports })),
    userVerification: 'required',
  } as const;
}

/** Leaves nothing in the browser's own buffer. */
function parseAnswer(answer: { credentialId: string; output: unknown }): AuthResult<PrfAnswer> {
  const { credentialId, output } = answer;
  try {
    return succeed({ credentialId, output: parsePrfOutput(output) });
  } catch (error) {
    return handleAuthError(error);
  } finally {
    if (output instanceof ArrayBuffer) wipeBytes(new Uint8Array(output));
  }
}
