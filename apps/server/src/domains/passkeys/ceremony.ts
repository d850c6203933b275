import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { z } from 'zod';

/** How long a challenge is valid, and how long a browser waits for its ceremony to end (S5). */
export const CHALLENGE_TTL_MS = 5 * 60_000;

const clientDataSchema = z.object({
  challenge: z.string().min(1).max(1024),
  crossOrigin: z.unknown().optional(),
  topOrigin: z.unknown().optional(),
});

/** What we check ourselves in a ceremony's client data (WebAuthn Level 3, section 5.8.1). Not verified. */
export type ClientData = z.infer<typeof clientDataSchema>;

/** Reads client data from base64url. Throws if it is malformed. */
export function parseClientData(clientDataJSON: string): ClientData {
  const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
  return clientDataSchema.parse(JSON.parse(text));
}

/**
 * Throws for a ceremony in a frame of another site: the verifier library accepts `crossOrigin: true` and
 * any `topOrigin` (security check S4).
 */
export function refuseForeignFrame({ crossOrigin, topOrigin }: ClientData): void {
  if (crossOrigin !== undefined && crossOrigin !== false) {
    throw new Error('The ceremony ran in a frame of another site');
  }
  if (topOrigin !== undefined) throw new Error('The ceremony names a top origin');
}

/** The error for whatever fails in a ceremony. Its reason is for the log only. */
export function toVerificationFailure(reason: string, cause?: unknown): AuthError {
  return new AuthError('PASSKEY_VERIFICATION_FAILED', { cause: new Error(reason, { cause }) });
}
