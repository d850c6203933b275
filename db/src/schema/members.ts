import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** Who belongs to an organization, and as what: owner, admin or member. */
export interface MembersTable {
  id: string;
  organization_id: string;
  user_id: string;
  role: Generated<string>;
  created_at: Generated<Date>;
}

export type Member = Selectable<MembersTable>;
export type NewMember = Insertable<MembersTable>;
export type MemberUpdate = Updateable<MembersTable>;
