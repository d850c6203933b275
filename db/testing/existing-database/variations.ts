/** What an older version had: only what signing in needs. */
export const MAKE_MINIMAL = `
  drop table auth.two_factor_auth, auth.jwks, auth.passkeys, auth.members, auth.invitations,
    auth.organizations, auth.login_attempts, auth.security_events, auth.encryption_vaults,
    auth.encryption_vault_audit;
  alter table auth.users drop constraint users_email_key;
  alter table auth.sessions drop constraint sessions_user_id_fkey;
`;

/** Somebody began to convert it by hand. */
export const MAKE_PARTIAL = `
  alter type public.user_role set schema auth;
  create type auth.user_kind as enum ('human', 'persona');
  alter table auth.users
    add column kind auth.user_kind not null default 'human',
    add column onboarding_completed_at timestamptz,
    add column internal_note text;
  update auth.users set kind = 'persona', internal_note = 'kept' where id = 'user-cyd';
  alter table auth.passkeys rename column friendly_name to name;
  alter table auth.passkeys add column aaguid text,
    alter column transports type text using 'usb,nfc';
  alter table auth.two_factor_auth
    alter column backup_codes type text[] using array['aaaaa-bbbbb', 'ccccc-ddddd'];
  update auth.encryption_vault_audit set id = '0191a0d3-0000-7000-8000-000000000002';
  alter table auth.encryption_vault_audit alter column id type uuid using id::uuid;
  create sequence auth.audit_status owned by auth.encryption_vault_audit.status;
  alter table auth.encryption_vault_audit
    alter column status set default nextval('auth.audit_status');
  create sequence public.attempts;
  alter table auth.login_attempts add column method text,
    alter column id set default nextval('public.attempts');
  select setval('public.attempts', 50);
  drop sequence auth.login_attempts_id_seq;
  create table public.tiers (tier public.access_tier);
  insert into public.tiers values ('beta');
  create table auth.notes (id text primary key, user_id text references auth.users (id));
  insert into auth.notes values ('note-1', 'user-ada');
  create index users_internal_note_idx on auth.users (internal_note);
`;
