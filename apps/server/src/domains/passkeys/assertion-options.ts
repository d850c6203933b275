import { randomBytes } from 'node:crypto';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { CallContext } from '../../trpc/context.ts';
import { CHALLENGE_TTL_MS } from './challenge-lifetime.ts';
import { insertChallenge, type Prover } from './challenges.repository.ts';

/** Security check S5. */
const CHALLENGE_BYTES = 32;

/** A passkey, as a browser looks for it. */
export type Descriptor = NonNullable<
  PublicKeyCredentialRequestOptionsJSON['allowCredentials']
>[number];

interface Wanted {
  readonly prover: Prover;
  /** Empty for any passkey of this relying party. */
  readonly allowCredentials: Descriptor[];
  readonly requiresUserVerification: boolean;
}

/** Options for one assertion, with a challenge that is good once, for five minutes and for its prover. */
export async function createAssertionOptions(
  { deps }: CallContext,
  { prover, allowCredentials, requiresUserVerification }: Wanted,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + CHALLENGE_TTL_MS);
  await insertChallenge(deps.db, { value: challenge, prover }, { now, expiresAt });
  return {
    challenge,
    rpId: deps.config.relyingParty.id,
    timeout: CHALLENGE_TTL_MS,
    allowCredentials,
    userVerification: requiresUserVerification ? 'required' : 'preferred',
  };
}
