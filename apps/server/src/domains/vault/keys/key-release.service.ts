import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { getSessionKey } from '../../../sessions/get-session.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { auditFailure } from '../audit/vault-audit.service.ts';
import { type FetchedKey, fetchKey, type ReleasedVault } from './fetch-key.repository.ts';
import { openServerWrap } from './server-wrap.ts';

/** For one user, across all servers and devices. A page fetches once when it loads. */
const FETCHES_PER_MINUTE = 60;

/** The master key, secret, in base64; or, in zero-knowledge mode, what only a recovery code opens. */
export type VaultKey =
  | {
      readonly masterKey: string;
      readonly formatVersion: number;
      readonly kekId: string;
      readonly generation: number;
    }
  | {
      readonly requiresRecoveryCode: true;
      readonly recoveryWrappedMk: string;
      readonly recoveryIv: string;
      readonly formatVersion: number;
      readonly generation: number;
    };

/**
 * Releases the caller's master key. Their session is looked up in the statement that reads the wrap, and
 * the audit has its entry before the key leaves: what can't be audited isn't released.
 *
 * Throws TOKEN_EXPIRED or UNAUTHORIZED without a live session, RATE_LIMITED, VAULT_NOT_INITIALISED, and
 * VAULT_UNREADABLE for a wrap that doesn't open.
 */
export async function releaseKey(call: CallContext): Promise<VaultKey> {
  const fetch = await fetchFor(call);
  const { userId, vault } = expectReleased(call, await fetch(call.deps.db));
  try {
    return await open(call, userId, vault);
  } catch (error) {
    await auditFailure(call, { action: 'fetch', userId, error });
    throw error;
  }
}

/** Prepares the fetch for the caller's session, to be run in any transaction. Throws UNAUTHORIZED without a session. */
export async function fetchFor({ deps, request }: CallContext) {
  const session = await getSessionKey(deps, request, 'any');
  const about = { request, now: deps.now(), perMinute: FETCHES_PER_MINUTE };
  return (db: Kysely<Database>) => fetchKey(db, session, about);
}

/** The fetch that released something; else throws TOKEN_EXPIRED, RATE_LIMITED or VAULT_NOT_INITIALISED. */
export function expectReleased(
  call: CallContext,
  fetched: FetchedKey | undefined,
): Extract<FetchedKey, { outcome: 'released' }> {
  if (!fetched) throw new AuthError('TOKEN_EXPIRED');
  call.setAuditSubject(fetched.userId);
  if (fetched.outcome === 'absent') throw new AuthError('VAULT_NOT_INITIALISED');
  if (fetched.outcome === 'throttled') {
    throw new AuthError('RATE_LIMITED', { retryAfterSec: fetched.retryAfterSec });
  }
  return fetched;
}

async function open(
  { deps }: CallContext,
  userId: string,
  vault: ReleasedVault,
): Promise<VaultKey> {
  const { generation } = vault;
  if (vault.zero_knowledge) {
    const { recovery_wrapped_mk: wrapped, recovery_iv: iv } = vault;
    if (wrapped === null || iv === null) throw new AuthError('VAULT_UNREADABLE');
    return {
      requiresRecoveryCode: true,
      recoveryWrappedMk: wrapped,
      recoveryIv: iv,
      formatVersion: vault.recovery_format_version,
      generation,
    };
  }
  const masterKey = await openServerWrap(deps.keyProvider, vault, { userId, generation });
  try {
    return {
      masterKey: encodeBase64(masterKey),
      formatVersion: vault.format_version ?? 0,
      kekId: vault.kek_id ?? '',
      generation,
    };
  } finally {
    wipeBytes(masterKey);
  }
}
