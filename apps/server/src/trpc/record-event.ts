import type { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { RequestContext } from './context.ts';

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
  | 'ACCOUNT_DELETED';

type Metadata = Readonly<Record<string, unknown>>;

/**
 * Writes what was done to an account into the audit log, in the background: call it once the change is
 * committed. `metadata` carries no secret and no address.
 */
export function recordEvent(
  context: RequestContext,
  type: AccountEvent,
  userId: string,
  metadata: Metadata = {},
): void {
  record(context, { type, userId, metadata });
}

/** Writes a failed call into the audit log, if the error table says that its code belongs there. */
export function recordFailedCall(
  context: RequestContext,
  failure: AuthError,
  { path, userId }: { path: string; userId: string | null },
): void {
  const { securityEvent } = errorTable[failure.code];
  if (securityEvent) record(context, { type: securityEvent, userId, metadata: { path } });
}

function record(
  { deps, request }: RequestContext,
  event: { type: string; userId: string | null; metadata: Metadata },
): void {
  deps.securityEvents.record({
    ...event,
    address: request.address,
    userAgent: request.userAgent,
    metadata: { ...event.metadata, requestId: request.id },
  });
}
