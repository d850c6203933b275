/** What every such database has. */
export const ENUMS = `
  create schema auth;
  create type public.access_tier as enum ('guest', 'public', 'beta', 'alpha', 'founder');
  create type public.user_role as enum ('user', 'admin', 'service');
`;

/** As the contract's table reads, with Postgres' own names for what has none. */
export const PLAIN_TABLES = `
  ${ENUMS}
  create table auth.users (
    id text primary key,
    name text not null,
    email text not null unique,
    email_verified boolean not null default false,
    image text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    role public.user_role not null default 'user',
    access_tier public.access_tier not null default 'public',
    two_factor_enabled boolean not null default false,
    deleted_at timestamptz
  );
  create table auth.sessions (
    id text primary key,
    expires_at timestamptz not null,
    token text not null unique,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ip_address text,
    user_agent text,
    user_id text not null references auth.users (id) on delete cascade,
    refresh_token text,
    refresh_token_expires_at timestamptz,
    device_id text,
    device_name text,
    last_activity_at timestamptz,
    revoked_at timestamptz,
    remember_me boolean default false
  );
  create table auth.accounts (
    id text primary key,
    account_id text not null,
    provider_id text not null,
    user_id text not null references auth.users (id) on delete cascade,
    access_token text,
    refresh_token text,
    id_token text,
    access_token_expires_at timestamptz,
    refresh_token_expires_at timestamptz,
    scope text,
    password text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create table auth.verification (
    id text primary key,
    identifier text not null,
    value text not null,
    expires_at timestamptz not null,
    created_at timestamptz default now(),
    updated_at timestamptz default now()
  );
  create table auth.two_factor_auth (
    user_id text primary key references auth.users (id) on delete cascade,
    secret text not null,
    enabled boolean not null default false,
    backup_codes text,
    created_at timestamptz not null default now(),
    enabled_at timestamptz
  );
  create table auth.jwks (
    id text primary key,
    public_key text not null,
    private_key text not null,
    created_at timestamptz not null default now()
  );
  create table auth.passkeys (
    id text primary key,
    user_id text not null references auth.users (id) on delete cascade,
    credential_id text not null unique,
    public_key text not null,
    counter integer not null default 0,
    device_type text not null,
    backed_up boolean not null default false,
    transports jsonb,
    friendly_name text,
    last_used_at timestamptz,
    created_at timestamptz not null default now()
  );
  create table auth.organizations (
    id text primary key,
    name text not null,
    slug text unique,
    logo text,
    metadata jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create table auth.members (
    id text primary key,
    organization_id text not null references auth.organizations (id) on delete cascade,
    user_id text not null references auth.users (id) on delete cascade,
    role text not null,
    created_at timestamptz not null default now()
  );
  create table auth.invitations (
    id text primary key,
    organization_id text not null references auth.organizations (id) on delete cascade,
    email text not null,
    role text not null,
    status text not null,
    expires_at timestamptz not null,
    inviter_id text references auth.users (id),
    created_at timestamptz not null default now()
  );
  create table auth.login_attempts (
    id serial primary key,
    email text not null,
    ip_address text,
    successful boolean not null default false,
    attempted_at timestamptz not null default now()
  );
  create table auth.security_events (
    id uuid primary key default gen_random_uuid(),
    user_id text references auth.users (id) on delete cascade,
    event_type text not null,
    ip_address text,
    user_agent text,
    metadata jsonb,
    created_at timestamptz not null default now()
  );
  create table auth.encryption_vaults (
    user_id text primary key references auth.users (id) on delete cascade,
    wrapped_mk text,
    wrap_iv text,
    format_version smallint not null default 1,
    kek_id text not null default 'env-v1',
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    recovery_wrapped_mk text,
    recovery_iv text,
    recovery_format_version smallint not null default 1,
    recovery_set_at timestamptz,
    zero_knowledge boolean default false,
    constraint encryption_vaults_has_wrap
      check (wrapped_mk is not null or recovery_wrapped_mk is not null),
    constraint encryption_vaults_wrap_iv_pair check (
      (wrapped_mk is null) = (wrap_iv is null)
      and (recovery_wrapped_mk is null) = (recovery_iv is null)
    ),
    constraint encryption_vaults_zk_consistency check (
      zero_knowledge = false or (wrapped_mk is null and recovery_wrapped_mk is not null)
    )
  );
  create table auth.encryption_vault_audit (
    id text primary key,
    user_id text not null references auth.users (id) on delete cascade,
    action text not null,
    ip_address text,
    user_agent text,
    context text,
    status integer not null default 200,
    created_at timestamptz not null default now()
  );
  create index encryption_vault_audit_user_id_idx
    on auth.encryption_vault_audit (user_id, created_at);
`;
