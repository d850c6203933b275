import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { ClientRequest } from '../../../better-auth/client-request.ts';
import type { SessionKey } from '../../../sessions/get-session.ts';
import type { WrapColumns } from './server-wrap.ts';

/** What `auth.fetch_vault_key` answers about the user behind a live session. */
export type FetchedKey = { readonly userId: string } & (
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'throttled'; readonly retryAfterSec: number }
  | { readonly outcome: 'released'; readonly vault: ReleasedVault }
);

/** What the vault's row holds that opens it, by its columns. */
export interface ReleasedVault extends WrapColumns {
  readonly recovery_wrapped_mk: string | null;
  readonly recovery_iv: string | null;
  readonly recovery_format_version: number;
  readonly zero_knowledge: boolean;
  readonly generation: number;
}

interface Row extends ReleasedVault {
  readonly user_id: string;
  readonly outcome: FetchedKey['outcome'];
  readonly retry_after_seconds: number | null;
}

/**
 * The vault of the user whose session is live at `now`, throttled and audited, in one round trip. Outside
 * a transaction the audit is committed with the answer. Undefined if the session has ended.
 */
export async function fetchKey(
  db: Kysely<Database>,
  session: SessionKey,
  { request, now, perMinute }: { request: ClientRequest; now: Date; perMinute: number },
): Promise<FetchedKey | undefined> {
  const id = 'id' in session ? session.id : null;
  const token = 'token' in session ? session.token : null;
  const { rows } = await sql<Row>`
    select user_id, outcome, retry_after_seconds, wrapped_mk, wrap_iv, format_version, kek_id,
      recovery_wrapped_mk, recovery_iv, recovery_format_version, zero_knowledge, generation
    from auth.fetch_vault_key(
      ${id}, ${token}, ${now}, ${request.address}, ${request.userAgent}, ${request.id}, ${perMinute}
    )
  `.execute(db);
  const [row] = rows;
  if (!row) return undefined;
  const { user_id: userId, outcome, retry_after_seconds: retryAfterSec, ...vault } = row;
  if (outcome === 'released') return { userId, outcome, vault };
  if (outcome === 'absent') return { userId, outcome };
  return { userId, outcome, retryAfterSec: retryAfterSec ?? 1 };
}
