import { isErrorCode } from '@mana/auth-core/errors/codes/codes';
import { readNumber, readProperty, readString } from '@mana/auth-core/errors/safe-read';
import type { AuthFailure } from '../transport/result.ts';
import { type ActiveSession, isSignedIn } from './active-session.ts';

/**
 * What tabs of one origin tell each other, in memory. 'renewed' and 'signed-in' contain a secret. Other
 * tabs may run another version of the page, so names and members can't change.
 */
export type TabMessage =
  | { readonly type: 'signed-in'; readonly session: ActiveSession }
  | { readonly type: 'signed-out'; readonly sessionId: string | undefined; readonly ended: boolean }
  /** Somebody locked the vault, or its key was replaced. */
  | { readonly type: 'vault-locked' }
  | RenewalOutcome;

/** What came of the one request for a new token. */
export type RenewalOutcome =
  | { readonly type: 'renewed'; readonly session: ActiveSession }
  | { readonly type: 'renewal-failed'; readonly failure: AuthFailure };

/** Whether a message is well-formed: another tab may run another version of the page. */
export function isTabMessage(value: unknown): value is TabMessage {
  switch (readString(value, 'type')) {
    case 'signed-in':
    case 'renewed':
      return isActiveSession(readProperty(value, 'session'));
    case 'signed-out':
      return typeof readProperty(value, 'ended') === 'boolean';
    case 'renewal-failed':
      return isFailure(readProperty(value, 'failure'));
    case 'vault-locked':
      return true;
    default:
      return false;
  }
}

/** Whether a message says what came of a renewal. */
export function isRenewalOutcome(message: TabMessage): message is RenewalOutcome {
  return message.type === 'renewed' || message.type === 'renewal-failed';
}

function isActiveSession(value: unknown): boolean {
  return isSignedIn(value) && readNumber(value, 'goodUntilMs') !== undefined;
}

function isFailure(value: unknown): boolean {
  return (
    isErrorCode(readProperty(value, 'code')) &&
    readString(value, 'error') !== undefined &&
    readProperty(value, 'success') === false
  );
}
