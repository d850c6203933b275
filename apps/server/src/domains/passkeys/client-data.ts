import { z } from 'zod';

const clientDataSchema = z.object({
  challenge: z.string().min(1).max(1024),
  crossOrigin: z.unknown().optional(),
  topOrigin: z.unknown().optional(),
});

/**
 * The challenge that a ceremony answers, from its client data (WebAuthn Level 3, section 5.8.1).
 *
 * Throws for what isn't client data, and for a ceremony in a frame of another site: the verifier library
 * takes `crossOrigin: true` and any `topOrigin` (security check S4).
 */
export function parseChallenge(clientDataJSON: string): string {
  const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
  const { challenge, crossOrigin, topOrigin } = clientDataSchema.parse(JSON.parse(text));
  if (crossOrigin !== undefined && crossOrigin !== false) {
    throw new Error('The ceremony ran in a frame of another site');
  }
  if (topOrigin !== undefined) throw new Error(`The ceremony names a top origin`);
  return challenge;
}
