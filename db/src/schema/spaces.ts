import type { Generated, JSONColumnType } from 'kysely';

/** A space. `metadata` says of which kind. */
export interface OrganizationsTable {
  id: string;
  name: string;
  slug: string;
  logo: string | null;
  /** Written as JSON text. */
  metadata: JSONColumnType<Record<string, unknown> | null, string | null, string | null>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** Who belongs to an organization, as owner, admin or member. */
export interface MembersTable {
  id: string;
  organization_id: string;
  user_id: string;
  role: Generated<string>;
  created_at: Generated<Date>;
}

/** An invitation to an organization. `status` is Better Auth's: pending, accepted, rejected or canceled. */
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
