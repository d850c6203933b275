import type { Generated } from 'kysely';

/** Mails on their way, and for a while those that were asked for and delivered, to be counted. */
export interface OutboxTable {
  id: string;
  kind: string;
  recipient: string;
  /** Whose request led to it, where those of different people are counted apart; else empty. */
  cause: Generated<string>;
  /** Whether anybody can ask for it: then it is counted, and waits once. */
  is_requested: boolean;
  /** Encrypted. Null once delivered. */
  payload: string | null;
  created_at: Generated<Date>;
  /** A mail that waits is of no use from then on; one that was delivered needn't be counted. */
  expires_at: Date;
  /** While a server delivers it: when another one may try. */
  next_attempt_at: Date;
  attempts: Generated<number>;
  is_claimed: Generated<boolean>;
  /** Why the last attempt failed, as a code. */
  last_error: string | null;
  delivered_at: Date | null;
}
