import type { KeyObject } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { JWK } from 'jose';
import type { Kysely } from 'kysely';
import type { Log } from '../logging/log.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { UndecryptableError } from '../secrets/app-secrets.ts';
import { deriveKeySchedule } from './key-schedule.ts';
import type { SigningKey } from './signing-key.ts';
import { generateSigningKey, parseSigningKey } from './signing-key.ts';
import { insertSigningKey, listSigningKeys, lockSigningKeys } from './signing-keys.repository.ts';

const REREAD_AFTER_MS = 1000;

/** The keys that sign and verify access tokens, in memory, so that neither needs the database. */
export interface SigningKeys {
  /** The key that signs now. */
  current(): { kid: string; privateKey: KeyObject };
  /**
   * The key that `kid` names, or undefined. An unknown one may be new, made by another server: then the keys
   * are read again, at most once a second and once for all callers. Throws the fault if they can't be read.
   */
  findPublicKey(kid: string): Promise<KeyObject | undefined>;
  /** The public keys as a JWK set (RFC 7517 section 5), including those that don't sign yet. */
  publicJwks(): { keys: JWK[] };
  /** Changes whenever the set of keys does, so that a cache of verified tokens knows when to empty. */
  readonly version: number;
  /** Reads the keys again. On a fault the keys in memory stay, and the error is thrown. */
  reload(): Promise<void>;
}

interface SigningKeysOptions {
  readonly secrets: AppSecrets;
  readonly log: Log;
  readonly now: () => Date;
}

/**
 * Loads the signing keys, and makes the first if there is none. Which one signs depends on the clock alone
 * (see `deriveKeySchedule`), so it is the same on every server. A key that can't be opened only verifies, and
 * is logged once. Throws if none can be opened.
 */
export async function loadSigningKeys(
  db: Kysely<Database>,
  { secrets, log, now }: SigningKeysOptions,
): Promise<SigningKeys> {
  const reported = new Set<string>();
  await createFirstKey(db, secrets, now());
  let ring = reportUnopened(deriveRing(await readSigningKeys(db, secrets), now()));
  let version = 0;
  let readAt = performance.now();
  let rereading: Promise<void> | undefined;
  return {
    current: () => currentRing().signer,
    async findPublicKey(kid) {
      const known = currentRing().publicKeys.get(kid);
      const isRecent = !rereading && performance.now() - readAt < REREAD_AFTER_MS;
      if (known || isRecent) return known;
      rereading ??= reload().finally(() => {
        rereading = undefined;
      });
      await rereading;
      return currentRing().publicKeys.get(kid);
    },
    publicJwks: () => ({ keys: currentRing().jwks }),
    get version() {
      currentRing();
      return version;
    },
    reload,
  };

  /** Keys begin to sign, and retire, by the clock, even while the database can't be read. */
  function currentRing(): Ring {
    const at = now();
    if (at.getTime() >= ring.changesAtMs) take(deriveRing(ring.keys, at));
    return ring;
  }

  async function reload(): Promise<void> {
    readAt = performance.now();
    take(reportUnopened(deriveRing(await readSigningKeys(db, secrets), now())));
  }

  function take(next: Ring): void {
    if (next.ids !== ring.ids) version += 1;
    ring = next;
  }

  function reportUnopened(read: Ring): Ring {
    for (const { id } of read.valid.filter((key) => !key.isOpen && !reported.has(key.id))) {
      reported.add(id);
      log.error(
        `the signing key ${id} verifies but can't sign: ${new UndecryptableError().message}`,
      );
    }
    return read;
  }
}

/** All keys of our algorithm, newest first. Rows with others are left alone. */
export async function readSigningKeys(
  db: Kysely<Database>,
  secrets: AppSecrets,
): Promise<SigningKey[]> {
  const stored = await listSigningKeys(db);
  const keys = await Promise.all(stored.map((key) => parseSigningKey(key, secrets)));
  return keys.filter((key) => key !== undefined);
}

/** Of any number of servers that start at the same time, one makes the key and the others find it. */
async function createFirstKey(db: Kysely<Database>, secrets: AppSecrets, now: Date): Promise<void> {
  if ((await readSigningKeys(db, secrets)).length > 0) return;
  await db.transaction().execute(async (trx) => {
    await lockSigningKeys(trx);
    if ((await readSigningKeys(trx, secrets)).length === 0) {
      await insertSigningKey(trx, generateSigningKey(secrets, now));
    }
  });
}

interface Ring {
  readonly keys: readonly SigningKey[];
  /** Those that are not retired. */
  readonly valid: readonly SigningKey[];
  readonly ids: string;
  readonly signer: { kid: string; privateKey: KeyObject };
  readonly publicKeys: ReadonlyMap<string, KeyObject>;
  readonly jwks: JWK[];
  readonly changesAtMs: number;
}

function deriveRing(keys: readonly SigningKey[], now: Date): Ring {
  const { states, changesAtMs } = deriveKeySchedule(keys, now.getTime());
  const valid = keys.filter((key) => states.get(key.id)?.kind !== 'retired');
  return {
    keys,
    valid,
    ids: valid.map((key) => key.id).join(' '),
    signer: toSigner(
      keys,
      keys.find((key) => states.get(key.id)?.kind === 'signs'),
    ),
    publicKeys: new Map(valid.map((key) => [key.id, key.publicKey])),
    jwks: valid.map((key) => key.jwk),
    changesAtMs,
  };
}

function toSigner(keys: readonly SigningKey[], key: SigningKey | undefined): Ring['signer'] {
  if (key?.privateKey) return { kid: key.id, privateKey: key.privateKey };
  if (keys.length === 0) {
    throw new Error('auth.jwks holds no signing key: restart the server to make one');
  }
  const ids = keys.map(({ id }) => id).join(', ');
  throw new Error(`No signing key can sign (${ids}): ${new UndecryptableError().message}`);
}
