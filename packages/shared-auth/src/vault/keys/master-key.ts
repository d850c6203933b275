import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { readNumber, readString } from '@mana/auth-core/errors/safe-read';
import { parseBase64 } from '@mana/auth-core/vault/format/base64';
import { type Bytes, wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { StoredWrap } from '@mana/auth-core/vault/format/stored-wrap';
import { parseRecoveryCode } from '@mana/auth-core/vault/recovery/recovery-code';
import { openRecoveryWrap } from '@mana/auth-core/vault/recovery/recovery-wrap';
import type { KeyOwner } from '@mana/auth-core/vault/wraps/master-key-wrap';
import type { VaultKey } from '../../transport/procedures.ts';
import { refuse, unwrap } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import type { VaultServer } from '../vault-server.ts';
import type { SeenGenerations } from './seen-generations.ts';

/** A master key as bytes, for the duration of one call. */
export interface MasterKey extends KeyOwner {
  /** Secret: the caller wipes it. */
  readonly bytes: Bytes;
  readonly zeroKnowledge: boolean;
}

/** Fetches what the server has, and nothing older than what has been seen here. Throws `Refused`. */
export type FetchKey = (task: VaultTask) => Promise<FetchedKey>;

/** Either the key in base64, or what only a recovery code opens. */
export type FetchedKey = KeyOwner &
  ({ readonly masterKey: string } | { readonly recoveryWrap: StoredWrap });

const MASTER_KEY_BYTES = 32;

/** Checks every generation that the server names. */
export function createFetchKey(server: VaultServer, seen: SeenGenerations): FetchKey {
  return async ({ userId, scope }) => {
    const key = unwrap(await server.key(scope));
    const { generation } = key;
    if (!Number.isInteger(generation) || generation < 1) throw refuse('VAULT_UNREADABLE');
    await seen.expectNotOlder(userId, generation);
    return { userId, generation, ...readKey(key) };
  };
}

function readKey(key: VaultKey): { masterKey: string } | { recoveryWrap: StoredWrap } {
  const masterKey = readString(key, 'masterKey');
  if (masterKey !== undefined) return { masterKey };
  const wrapped = readString(key, 'recoveryWrappedMk');
  const iv = readString(key, 'recoveryIv');
  const formatVersion = readNumber(key, 'formatVersion');
  if (wrapped === undefined || iv === undefined || formatVersion === undefined) {
    throw refuse('VAULT_UNREADABLE');
  }
  return { recoveryWrap: { wrapped, iv, formatVersion } };
}

/** The key of a vault that the server can open. Throws ZK_ACTIVE for one that it can't. */
export function readMasterKey(fetched: FetchedKey): MasterKey {
  if (!('masterKey' in fetched)) throw refuse('ZK_ACTIVE');
  const { userId, generation } = fetched;
  const bytes = parseBase64(fetched.masterKey);
  if (bytes.length !== MASTER_KEY_BYTES) throw refuse('VAULT_UNREADABLE');
  return { userId, generation, bytes, zeroKnowledge: false };
}

/** Opens a recovery wrap with the typed code. Throws VALIDATION for a malformed one. */
export async function openWithCode(
  wrap: StoredWrap,
  recoveryCode: string,
  { userId, generation }: KeyOwner,
): Promise<MasterKey> {
  const secret = parseRecoveryCode(recoveryCode);
  try {
    const bytes = await openRecoveryWrap(wrap, secret, { userId, generation });
    return { userId, generation, bytes, zeroKnowledge: true };
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'VAULT_UNREADABLE') throw error;
    const message =
      "This code doesn't open the vault. It may be an old one, or belong to another account.";
    throw refuse('VAULT_UNREADABLE', { field: 'recoveryCode', message });
  } finally {
    wipeBytes(secret);
  }
}

/**
 * The key of a vault, opened with the typed code where that is needed. Throws ZK_ACTIVE where it is needed
 * and missing.
 */
export function openFetched(
  fetched: FetchedKey,
  recoveryCode?: string,
): MasterKey | Promise<MasterKey> {
  if (!('recoveryWrap' in fetched) || recoveryCode === undefined) return readMasterKey(fetched);
  return openWithCode(fetched.recoveryWrap, recoveryCode, fetched);
}

/** Throws VALIDATION for a malformed recovery code, before anything is sent. */
export function expectRecoveryCode(recoveryCode: string): void {
  wipeBytes(parseRecoveryCode(recoveryCode));
}
