import { ENUMS } from './plain-tables.ts';

/** The same as drizzle names and types it, where somebody preferred varchar, identity and no zone. */
export const DRIZZLE_TABLES = `
  ${ENUMS}
  create table auth.users (
    id varchar(36) not null,
    name varchar(255) not null,
    email varchar(255) not null,
    email_verified boolean default false,
    image varchar(2048),
    created_at timestamp default now(),
    updated_at timestamp(3) default current_timestamp not null,
    role public.user_role default 'user',
    access_tier public.access_tier default 'public' not null,
    two_factor_enabled boolean default false,
    deleted_at timestamp,
    constraint "users_id_pk" primary key (id)
  );
  create unique index "users_email_unique" on auth.users using btree (email);
  create index "users lower email" on auth.users using btree (lower(email));
  create table auth.sessions (
    id varchar(36) constraint "auth sessions pk" primary key,
    expires_at timestamp not null,
    token varchar(255) not null,
    created_at timestamp default now() not null,
    updated_at timestamp not null,
    ip_address varchar(45),
    user_agent text,
    user_id varchar(36) not null,
    refresh_token varchar(255),
    refresh_token_expires_at timestamp,
    device_id varchar(255),
    device_name varchar(255),
    last_activity_at timestamp default now(),
    revoked_at timestamp,
    remember_me boolean,
    constraint "sessions_token_unique" unique (token),
    constraint "sessions_refresh_token_unique" unique (refresh_token),
    constraint "sessions_user_id_users_id_fk"
      foreign key (user_id) references auth.users (id) on delete cascade on update no action
  );
  create index "sessions_user_id_idx" on auth.sessions using btree (expires_at);
  create index "session_user" on auth.sessions using btree (user_id);
  create table auth.accounts (
    id varchar(36) primary key,
    account_id varchar(255) not null,
    provider_id varchar(64) not null,
    user_id varchar(36) not null,
    access_token text,
    refresh_token text,
    id_token text,
    access_token_expires_at timestamp,
    refresh_token_expires_at timestamp,
    scope varchar(255),
    password varchar(255),
    created_at timestamp default now() not null,
    updated_at timestamp not null
  );
  create table auth.verification (
    id varchar(36) primary key,
    identifier varchar(255) not null,
    value text not null,
    expires_at timestamp not null,
    created_at timestamp,
    updated_at timestamp
  );
  create table auth.two_factor_auth (
    user_id varchar(36) primary key,
    secret varchar(512) not null,
    enabled boolean default false,
    backup_codes jsonb,
    created_at timestamp default now(),
    enabled_at timestamp,
    constraint "two_factor_auth_user_id_users_id_fk" foreign key (user_id) references auth.users (id)
  );
  create table auth.jwks (
    id varchar(36) primary key,
    public_key text not null,
    private_key text not null,
    created_at timestamp default now() not null
  );
  create table auth.passkeys (
    id varchar(36) primary key,
    user_id varchar(36) not null,
    credential_id varchar(1024) not null,
    public_key text not null,
    counter bigint default 0,
    device_type varchar(32) not null,
    backed_up boolean default false,
    transports jsonb default '[]'::jsonb,
    friendly_name varchar(255),
    last_used_at timestamp,
    created_at timestamp default now(),
    constraint "passkeys_user_id_users_id_fk"
      foreign key (user_id) references auth.users (id) on delete cascade
  );
  create index "passkeys_friendly_name_idx" on auth.passkeys (friendly_name);
  create table auth.organizations (
    id varchar(36) primary key,
    name varchar(255) not null,
    slug varchar(255),
    logo text,
    metadata text,
    created_at timestamp default now() not null,
    updated_at timestamp,
    constraint "organizations_slug_unique" unique (slug)
  );
  create table auth.members (
    id varchar(36) primary key,
    organization_id varchar(36) not null,
    user_id varchar(36) not null,
    role varchar(32) default 'member' not null,
    created_at timestamp default now() not null
  );
  create table auth.invitations (
    id varchar(36) primary key,
    organization_id varchar(36) not null,
    email varchar(255) not null,
    role varchar(32),
    status varchar(32) default 'pending' not null,
    expires_at timestamp not null,
    inviter_id varchar(36) not null,
    created_at timestamp default now()
  );
  create table auth.login_attempts (
    id bigint generated always as identity primary key,
    email varchar(255) not null,
    ip_address varchar(45),
    successful boolean default false,
    attempted_at timestamp default now()
  );
  create index "login_attempts_email_idx" on auth.login_attempts (email);
  create table auth.security_events (
    id uuid primary key,
    user_id varchar(36),
    event_type varchar(64) not null,
    ip_address varchar(45),
    user_agent text,
    metadata json,
    created_at timestamp default now()
  );
  create table auth.encryption_vaults (
    user_id varchar(36) primary key,
    wrapped_mk varchar(255),
    wrap_iv varchar(64),
    format_version integer not null default 1,
    kek_id varchar(64),
    created_at timestamp default now() not null,
    rotated_at timestamp,
    recovery_wrapped_mk text,
    recovery_iv text,
    recovery_format_version integer,
    recovery_set_at timestamp,
    zero_knowledge boolean default false
  );
  create table auth.encryption_vault_audit (
    id bigint generated by default as identity primary key,
    user_id varchar(36) not null,
    action varchar(32) not null,
    ip_address varchar(45),
    user_agent text,
    context jsonb,
    status varchar(16) not null,
    created_at timestamp default now() not null
  );
`;
