import type { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { insertSecurityEvent, type SecurityEvent } from './security-events.repository.ts';
import type { SecurityEvents } from './security-events.ts';

/** What the owner of an account did, or somebody in their name. For failures, see the error table. */
type AccountEvent =
  | 'PASSWORD_CHANGED'
  | 'EMAIL_CHANGED'
  | 'SESSION_REVOKED'
  | 'TWO_FACTOR_ENABLED'
  | 'TWO_FACTOR_DISABLED'
  | 'BACKUP_CODE_USED'
  | 'BACKUP_CODES_REPLACED'
  | 'KNOWN_DEVICE_ADDED'
  | 'PASSKEY_ADDED'
  | 'PASSKEY_REMOVED'
  | 'PASSKEY_COUNTER_WENT_BACK'
  | 'ACCOUNT_UNLOCKED'
  | 'ACCOUNT_DELETED';

type Metadata = Readonly<Record<string, unknown>>;

/** What an event says about the request that led to it. */
interface EventContext {
  readonly request: {
    readonly id: string;
    readonly address: string | null;
    readonly userAgent: string | null;
  };
}

/**
 * Writes what is done to an account into the audit log, in the transaction that does it: there is no change
 * without its entry, and no entry without its change. `metadata` carries no secret and no address.
 */
export async function recordEvent(
  call: EventContext,
  db: Kysely<Database>,
  type: AccountEvent,
  userId: string,
  metadata: Metadata = {},
): Promise<void> {
  await insertSecurityEvent(db, toEvent(call, type, userId, metadata));
}

/** The entry for what is done to an account, for a statement that does both. */
export function toEvent(
  { request }: EventContext,
  type: AccountEvent | NonNullable<(typeof errorTable)[AuthError['code']]['securityEvent']>,
  userId: string | null,
  metadata: Metadata = {},
): SecurityEvent {
  const { id: requestId, address, userAgent } = request;
  return { type, userId, address, userAgent, metadata: { ...metadata, requestId } };
}

/**
 * Counts a failed call in the audit log, in the background, if the error table says that its code belongs
 * there. It changed nothing that the entry could be committed with.
 */
export function recordFailedCall(
  call: EventContext & { readonly deps: { readonly securityEvents: SecurityEvents } },
  failure: AuthError,
  { path, userId }: { path: string; userId: string | null },
): void {
  const { securityEvent } = errorTable[failure.code];
  if (!securityEvent) return;
  const event = toEvent(call, securityEvent, userId, { path });
  call.deps.securityEvents.count({ ...event, code: failure.code });
}
