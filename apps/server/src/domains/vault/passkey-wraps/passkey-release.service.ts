import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { expectReleased, fetchFor } from '../keys/key-release.service.ts';
import { listPasskeys, listPasskeyWraps, type PasskeyWrapRow } from './passkey-wraps.repository.ts';

/** The wraps that the caller's passkeys open, each with its own PRF output. */
export interface PasskeyWraps {
  readonly generation: number;
  readonly wraps: readonly PasskeyWrap[];
}

/** One wrap, and how a browser finds the passkey that opens it. */
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
 * Releases the wraps of the caller's passkeys as `releaseKey` does the key: to a live session, under the
 * same throttle, and audited before they leave. Throws as `releaseKey`, but for VAULT_UNREADABLE.
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
    transports: toTransports(row),
    wrappedMk: row.wrapped_mk,
    wrapIv: row.wrap_iv,
    formatVersion: row.format_version,
  };
}

/** A passkey, and how a browser finds it. */
export interface PasskeyOption {
  readonly id: string;
  /** Base64url. */
  readonly credentialId: string;
  readonly transports: readonly string[];
}

/** The passkeys of the caller that a wrap can be made for. */
export async function listPasskeyOptions({
  deps,
  session,
}: SignedInContext): Promise<{ readonly passkeys: readonly PasskeyOption[] }> {
  const rows = await listPasskeys(deps.db, session.user.id);
  return {
    passkeys: rows.map((row) => ({
      id: row.id,
      credentialId: row.credential_id,
      transports: toTransports(row),
    })),
  };
}

function toTransports({ transports }: Pick<PasskeyWrapRow, 'transports'>): string[] {
  return transports?.split(',').filter(Boolean) ?? [];
}
