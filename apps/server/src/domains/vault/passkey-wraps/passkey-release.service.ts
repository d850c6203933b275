import type { CallContext } from '../../../trpc/context.ts';
import { expectReleased, fetchFor } from '../keys/key-release.service.ts';
import { listPasskeyWraps, type PasskeyWrapRow } from './passkey-wraps.repository.ts';

/** What the caller's passkeys open, each one with its own PRF output. */
export interface PasskeyWraps {
  readonly generation: number;
  readonly wraps: readonly PasskeyWrap[];
}

export interface PasskeyWrap {
  readonly passkeyId: string;
  /** Base64url. */
  readonly credentialId: string;
  readonly transports: readonly string[];
  readonly wrappedMk: string;
  readonly wrapIv: string;
  readonly formatVersion: number;
}

/**
 * Releases the wraps of the caller's passkeys as `releaseKey` does the key: to a live session, under the same
 * throttle, and in the audit before they leave. Throws what that throws for the vault as a whole.
 */
export async function releasePasskeyWraps(call: CallContext): Promise<PasskeyWraps> {
  const fetchKey = await fetchFor(call);
  // One transaction, which the fetch leaves in the context of the session's user.
  const { fetched, rows } = await call.deps.db.transaction().execute(async (trx) => {
    const fetched = await fetchKey(trx);
    const isReleased = fetched?.outcome === 'released';
    return { fetched, rows: isReleased ? await listPasskeyWraps(trx, fetched.userId) : [] };
  });
  const { generation } = expectReleased(call, fetched).vault;
  return { generation, wraps: rows.map(toPasskeyWrap) };
}

function toPasskeyWrap(row: PasskeyWrapRow): PasskeyWrap {
  return {
    passkeyId: row.passkey_id,
    credentialId: row.credential_id,
    transports: row.transports?.split(',').filter(Boolean) ?? [],
    wrappedMk: row.wrapped_mk,
    wrapIv: row.wrap_iv,
    formatVersion: row.format_version,
  };
}
