import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** A pending proof, such as of a mailbox. `identifier` or `value` holds a secret, by the kind of proof. */
export interface VerificationTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Date;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export type Verification = Selectable<VerificationTable>;
export type NewVerification = Insertable<VerificationTable>;
export type VerificationUpdate = Updateable<VerificationTable>;
