import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** `status` is Better Auth's: pending, accepted, rejected or canceled. */
export interface InvitationsTable {
  id: string;
  organization_id: string;
  /** Normalised: trimmed and in lower case. */
  email: string;
  role: string | null;
  status: Generated<string>;
  expires_at: Date;
  created_at: Generated<Date>;
  inviter_id: string;
}

export type Invitation = Selectable<InvitationsTable>;
export type NewInvitation = Insertable<InvitationsTable>;
export type InvitationUpdate = Updateable<InvitationsTable>;
