import { type Kysely, sql } from 'kysely';

/** Better Auth's organizations, with their members and invitations. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.organizations (
      id text primary key,
      name text not null,
      slug text not null constraint organizations_slug_key unique,
      logo text,
      metadata jsonb,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`
    create table if not exists auth.members (
      id text primary key,
      organization_id text not null
        constraint members_organization_id_fkey
        references auth.organizations (id) on delete cascade,
      user_id text not null
        constraint members_user_id_fkey references auth.users (id) on delete cascade,
      role text not null default 'member',
      created_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`
    create index if not exists members_organization_id_idx on auth.members (organization_id)
  `.execute(db);
  await sql`create index if not exists members_user_id_idx on auth.members (user_id)`.execute(db);
  await sql`
    create table if not exists auth.invitations (
      id text primary key,
      organization_id text not null
        constraint invitations_organization_id_fkey
        references auth.organizations (id) on delete cascade,
      email text not null,
      role text,
      status text not null default 'pending',
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      inviter_id text not null
        constraint invitations_inviter_id_fkey references auth.users (id) on delete cascade
    )
  `.execute(db);
  await sql`
    create index if not exists invitations_organization_id_idx on auth.invitations (organization_id)
  `.execute(db);
  await sql`create index if not exists invitations_email_idx on auth.invitations (email)`.execute(
    db,
  );
}
