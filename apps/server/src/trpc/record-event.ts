import type { RequestContext } from './context.ts';

/** What the owner of an account did, or somebody in their name. Failures have the error table's events. */
export type AccountEvent =
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

/**
 * Puts what was done to an account on the security trail, behind the answer's back: record it once it is
 * committed. `metadata` carries no secret and no address.
 */
export function recordEvent(
  { deps, request }: RequestContext,
  type: AccountEvent,
  userId: string,
  metadata: Readonly<Record<string, unknown>> = {},
): void {
  deps.securityEvents.record({
    type,
    userId,
    address: request.address,
    userAgent: request.userAgent,
    metadata: { ...metadata, requestId: request.id },
  });
}
