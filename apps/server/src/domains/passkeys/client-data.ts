import { z } from 'zod';

const clientDataSchema = z.object({
  challenge: z.string().min(1).max(1024),
  crossOrigin: z.unknown().optional(),
  topOrigin: z.unknown().optional(),
});

/** What we look at of a ceremony's client data (WebAuthn Level 3, section 5.8.1) ourselves. Not verified. */
export type ClientData = z.infer<typeof clientDataSchema>;

/** Reads client data from base64url. Throws for what is none. */
export function parseClientData(clientDataJSON: string): ClientData {
  const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
  return clientDataSchema.parse(JSON.parse(text));
}

/**
 * Throws for a ceremony in a frame of another site: the verifier library takes `crossOrigin: true` and
 * any `topOrigin` (security check S4).
 */
export function refuseForeignFrame({ crossOrigin, topOrigin }: ClientData): void {
  if (crossOrigin !== undefined && crossOrigin !== false) {
    throw new Error('The ceremony ran in a frame of another site');
  }
  if (topOrigin !== undefined) throw new Error('The ceremony names a top origin');
}
