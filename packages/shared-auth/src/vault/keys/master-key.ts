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

/** A master key in bytes, for as long as one call. */
export interface MasterKey extends KeyOwner {
  /** Secret. Whoever asked for it wipes it. */
  readonly bytes: Bytes;
  readonly zeroKnowledge: boolean;
}

export interface MasterKeys {
  /** What the server has, and no older than what was seen here. Throws `Refused`. */
  fetch(task: VaultTask): Promise<FetchedKey>;
}

/** Either the key's text, or what only a recovery code opens. */
export type FetchedKey = KeyOwner &
  ({ readonly masterKey: string } | { readonly recoveryWrap: StoredWrap });

const MASTER_KEY_BYTES = 32;

export function createMasterKeys(server: VaultServer, seen: SeenGenerations): MasterKeys {
  return {
    async fetch({ userId, scope }) {
      const key = unwrap(await server.key(scope));
      const { generation } = key;
      if (!Number.isInteger(generation) || generation < 1) throw refuse('VAULT_UNREADABLE');
      await seen.expectNotOlder(userId, generation);
      return { userId, generation, ...readKey(key) };
    },
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

/** The key of a vault that the server opens. Throws ZK_ACTIVE for one that it can't. */
export function readMasterKey(fetched: FetchedKey): MasterKey {
  if (!('masterKey' in fetched)) throw refuse('ZK_ACTIVE');
  const { userId, generation } = fetched;
  const bytes = parseBase64(fetched.masterKey);
  if (bytes.length !== MASTER_KEY_BYTES) throw refuse('VAULT_UNREADABLE');
  return { userId, generation, bytes, zeroKnowledge: false };
}

/** Opens a recovery wrap with what was typed. Throws VALIDATION for what is no code. */
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
      "This code doesn't open the vault. It may be an older one, or that of another account.";
    throw refuse('VAULT_UNREADABLE', { field: 'recoveryCode', message });
  } finally {
    wipeBytes(secret);
  }
}

/**
 * The key of a vault whose code was typed, where it wants one. Throws ZK_ACTIVE for one that wants it and
 * didn't get it.
 */
export function openFetched(
  fetched: FetchedKey,
  recoveryCode?: string,
): MasterKey | Promise<MasterKey> {
  if (!('recoveryWrap' in fetched) || recoveryCode === undefined) return readMasterKey(fetched);
  return openWithCode(fetched.recoveryWrap, recoveryCode, fetched);
}

/** Throws VALIDATION for what is no recovery code, before anything is asked of anybody. */
export function expectRecoveryCode(recoveryCode: string): void {
  wipeBytes(parseRecoveryCode(recoveryCode));
}
