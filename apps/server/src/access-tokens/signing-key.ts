import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';
import type { AppSecrets, Decrypted } from '../secrets/app-secrets.ts';
import type { SecretContext } from '../secrets/bound-ciphertext.ts';
import type { ScheduledKey } from './key-schedule.ts';
import type { StoredSigningKey } from './signing-keys.repository.ts';

/** Algorithm of every key and token: Ed25519 (RFC 8037). The only one that is accepted. */
export const SIGNING_ALGORITHM = 'EdDSA';
const CURVE = 'Ed25519';

/** A key of our algorithm as this server knows it: it verifies, and signs if it could be opened. */
export interface SigningKey extends ScheduledKey {
  readonly publicKey: KeyObject;
  /** The public key for everybody (RFC 7517 section 4). */
  readonly jwk: JWK;
  /** Null if no accepted secret opens it. */
  readonly privateKey: KeyObject | null;
  /** Index of the accepted secret that opened it (0 is the current one); null if none did. */
  readonly secretIndex: number | null;
}

const publicJwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal(CURVE),
  x: z.string(),
});

/**
 * The key of a row, or undefined if the row holds a key of another algorithm, as Better Auth's JWT plugin
 * makes them. Never throws, whatever the row holds.
 */
export async function parseSigningKey(
  stored: StoredSigningKey,
  secrets: AppSecrets,
): Promise<SigningKey | undefined> {
  const { id, createdAt, expiresAt } = stored;
  try {
    const { kty, crv, x } = publicJwkSchema.parse(JSON.parse(stored.publicKey));
    const jwk = { kid: id, alg: SIGNING_ALGORITHM, use: 'sig', kty, crv, x };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const opened = await openPrivateKey(stored, secrets);
    return {
      id,
      createdAt,
      expiresAt,
      isOpen: opened.privateKey !== null,
      publicKey,
      jwk,
      ...opened,
    };
  } catch {
    return undefined;
  }
}

async function openPrivateKey(
  stored: StoredSigningKey,
  secrets: AppSecrets,
): Promise<Pick<SigningKey, 'privateKey' | 'secretIndex'>> {
  const opened = await decryptPrivateKey(stored, secrets);
  try {
    const jwk = JSON.parse(opened?.data ?? '');
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    return { privateKey, secretIndex: opened?.secretIndex ?? null };
  } catch {
    return { privateKey: null, secretIndex: null };
  }
}

/** The private key as a JWK in JSON, or undefined if no accepted secret opens it. */
export async function decryptPrivateKey(
  stored: Pick<StoredSigningKey, 'id' | 'privateKey'>,
  secrets: AppSecrets,
): Promise<Decrypted | undefined> {
  try {
    const text = z.string().parse(JSON.parse(stored.privateKey));
    return await secrets.decrypt(text, contextOf(stored.id));
  } catch {
    return undefined;
  }
}

/** A private key as its row stores it, bound to the id of the key. */
export function encryptPrivateKey(secrets: AppSecrets, id: string, jwk: string): string {
  return JSON.stringify(secrets.encrypt(jwk, contextOf(id)));
}

function contextOf(id: string): SecretContext {
  return { purpose: 'signing-key', owner: id };
}

/** A new key pair as it is stored, its private key encrypted with the current secret. */
export function generateSigningKey(
  secrets: AppSecrets,
  createdAt: Date,
): StoredSigningKey & { alg: string; crv: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const data = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const id = randomUUID();
  return {
    id,
    publicKey: JSON.stringify(publicKey.export({ format: 'jwk' })),
    privateKey: encryptPrivateKey(secrets, id, data),
    createdAt,
    expiresAt: null,
    alg: SIGNING_ALGORITHM,
    crv: CURVE,
  };
}
