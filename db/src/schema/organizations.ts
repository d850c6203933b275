import type { Generated, Insertable, JSONColumnType, Selectable, Updateable } from 'kysely';

/** A space. What kind it is stands in `metadata`. */
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

export type Organization = Selectable<OrganizationsTable>;
export type NewOrganization = Insertable<OrganizationsTable>;
export type OrganizationUpdate = Updateable<OrganizationsTable>;
