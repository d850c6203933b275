import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/database';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import type { JWK } from 'jose';
import type { Kysely } from 'kysely';
import type { StoredSigningKey } from './signing-keys.repository.ts';
import { insertSigningKey, listSigningKeys, lockSigningKeys } from './signing-keys.repository.ts';

/** Algorithm of every key and token: Ed25519 (RFC 8037). The only one that is accepted. */
export const SIGNING_ALGORITHM = 'EdDSA';

const REREAD_AFTER_MS = 1000;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The keys that sign and verify access tokens, held in memory so that neither needs the database. */
export interface SigningKeys {
  /** The newest key. */
  current(): SigningKey;
  /**
   * The key that `kid` names, or undefined. An unknown one may be new, made by another server: the keys
   * are read again for it, at most once a second and once for all callers. Throws the fault when they
   * can't be read.
   */
  findPublicKey(kid: string): Promise<KeyObject | undefined>;
  /** The public keys as a JWK set (RFC 7517 section 5). */
  publicJwks(): { keys: JWK[] };
  /** Changes whenever a key came or went, so that a cache of verified tokens knows when to empty. */
  readonly version: number;
  /** Reads the keys again. On a fault the keys in memory stay, and the error is thrown. */
  reload(): Promise<void>;
}

/**
 * Loads the signing keys, and makes the first where there is none. Private keys are stored encrypted
 * with the app secret, in Better Auth's form. Throws when the newest can't be decrypted.
 */
export async function loadSigningKeys(db: Kysely<Database>, secret: string): Promise<SigningKeys> {
  await createFirstKey(db, secret);
  let ring = await readRing(db, secret);
  let version = 0;
  let readAt = performance.now();
  let rereading: Promise<void> | undefined;
  return {
    current: () => ring.current,
    async findPublicKey(kid) {
      const known = ring.publicKeys.get(kid);
      const isRecent = !rereading && performance.now() - readAt < REREAD_AFTER_MS;
      if (known || isRecent) return known;
      rereading ??= reload().finally(() => {
        rereading = undefined;
      });
      await rereading;
      return ring.publicKeys.get(kid);
    },
    publicJwks: () => ({ keys: ring.jwks }),
    get version() {
      return version;
    },
    reload,
  };

  async function reload(): Promise<void> {
    readAt = performance.now();
    const next = await readRing(db, secret);
    if (next.ids !== ring.ids) version += 1;
    ring = next;
  }
}

/** Of any number of servers that start at once, one makes the key and the others find it. */
async function createFirstKey(db: Kysely<Database>, secret: string): Promise<void> {
  if ((await listSigningKeys(db)).length > 0) return;
  await db.transaction().execute(async (trx) => {
    await lockSigningKeys(trx);
    if ((await listSigningKeys(trx)).length === 0) {
      await insertSigningKey(trx, await generate(secret));
    }
  });
}

interface Ring {
  ids: string;
  current: SigningKey;
  publicKeys: Map<string, KeyObject>;
  jwks: JWK[];
}

async function readRing(db: Kysely<Database>, secret: string): Promise<Ring> {
  const stored = await listSigningKeys(db);
  const [newest] = stored;
  if (!newest) throw new Error('auth.jwks holds no signing key: restart the server to make one');
  const jwks = stored.map(toPublicJwk);
  return {
    ids: stored.map((key) => key.id).join(' '),
    current: { kid: newest.id, privateKey: await decryptPrivateKey(newest, secret) },
    publicKeys: new Map(
      jwks.map((jwk) => [jwk.kid ?? '', createPublicKey({ key: jwk, format: 'jwk' })]),
    ),
    jwks,
  };
}

function toPublicJwk(stored: StoredSigningKey): JWK {
  const { kty, crv, x } = JSON.parse(stored.publicKey) as JWK;
  return {
    kid: stored.id,
    alg: SIGNING_ALGORITHM,
    use: 'sig',
    ...(kty && { kty }),
    ...(crv && { crv }),
    ...(x && { x }),
  };
}

async function decryptPrivateKey(stored: StoredSigningKey, secret: string): Promise<KeyObject> {
  try {
    const jwk = await symmetricDecrypt({ key: secret, data: JSON.parse(stored.privateKey) });
    return createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' });
  } catch (cause) {
    throw new Error(
      `The signing key ${stored.id} can't be decrypted: MANA_AUTH_SECRET is not the one it was stored with`,
      { cause },
    );
  }
}

async function generate(secret: string): Promise<Parameters<typeof insertSigningKey>[1]> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const data = JSON.stringify(privateKey.export({ format: 'jwk' }));
  return {
    id: randomUUID(),
    publicKey: JSON.stringify(publicKey.export({ format: 'jwk' })),
    privateKey: JSON.stringify(await symmetricEncrypt({ key: secret, data })),
    createdAt: new Date(),
    expiresAt: null,
    alg: SIGNING_ALGORITHM,
    crv: 'Ed25519',
  };
}
