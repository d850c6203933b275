/** What only the server can encrypt, in the form that Better Auth stores. */
export interface ExistingSecrets {
  /** `auth.jwks.public_key` and `.private_key` of a signing key. */
  readonly signingKey: { readonly publicKey: string; readonly privateKey: string };
  /** `auth.two_factor_auth.secret`, encrypted. */
  readonly twoFactorSecret: string;
}

/** The password of every user with one. */
export const EXISTING_PASSWORD = 'correct horse battery staple';

/** In Better Auth's form: scrypt, N=16384, r=16, p=1, 64 bytes, `salt:key` in hex. */
const PASSWORD_HASH =
  '00112233445566778899aabbccddeeff:f5b22309b28fe412c82a4b2cab57498b8f8a42c849af16cb908974048f61c13933421858db3a8f111430bdc493c7cef90f61f904061c77206e3820a2e8b11bc2';

/**
 * The users of the fixture: `ada` has every kind of row, `bob` is deleted, `cyd` has a second factor in
 * base32, `eve` only a password.
 */
export const EXISTING_USERS = {
  ada: { id: 'user-ada', email: 'Ada@Example.org' },
  bob: { id: 'user-bob', email: 'bob@example.org' },
  cyd: { id: 'user-cyd', email: 'cyd@example.org' },
  eve: { id: 'user-eve', email: 'Eve@Example.ORG' },
} as const;

/**
 * Ada's master key in format 1 (docs/vault-format.md), under a KEK of 32 zero bytes named `env-v1`.
 * Base64.
 */
export const EXISTING_VAULT = {
  masterKey: 'dGhlIG1hc3RlciBrZXkgb2YgYWRhLCAzMiBieXRlcyE=',
  wrapped: 'AcwWcviLXCjxcjR9bLhma7P65ceSWcnA2jiUJlP3dzcf5VIogVa84vc794/O1bGV',
  iv: 'aXYgb2YgMTIgYnl0',
} as const;

/** Rows that fit both kinds of tables. */
export function createRows({ signingKey, twoFactorSecret }: ExistingSecrets): string {
  const { ada, bob, cyd, eve } = EXISTING_USERS;
  return `
  insert into auth.users
    (id, name, email, email_verified, image, created_at, updated_at, role, access_tier,
     two_factor_enabled, deleted_at)
  values
    ('${ada.id}', 'Ada', '${ada.email}', true, 'https://example.org/a.png', '2024-02-29 12:00:00',
     '2025-03-30 02:30:00', 'admin', 'founder', true, null),
    ('${bob.id}', 'Bob', '${bob.email}', true, null, '2024-06-01', '2024-06-02', 'user', 'public',
     false, '2025-01-01'),
    ('${cyd.id}', 'Cyd', '${cyd.email}', true, null, '2024-07-01', '2024-07-02', 'service', 'guest',
     true, null),
    ('${eve.id}', 'Eve', '${eve.email}', true, null, '2024-08-01', '2024-08-02', 'user', 'beta',
     false, null);
  insert into auth.sessions
    (id, expires_at, token, created_at, updated_at, ip_address, user_agent, user_id, refresh_token,
     refresh_token_expires_at, device_id, device_name, last_activity_at, revoked_at, remember_me)
  values
    ('session-1', '2099-01-01', 'token-1', '2025-01-01', '2025-01-02', '203.0.113.7', 'Firefox',
     '${ada.id}', 'refresh-1', '2099-02-01', 'device-1', 'Laptop', '2025-01-03', null, true),
    ('session-2', '2025-02-01', 'token-2', '2025-01-01', '2025-01-01', null, null, '${bob.id}', null,
     null, null, null, null, '2025-01-15', null);
  insert into auth.accounts
    (id, account_id, provider_id, user_id, access_token, refresh_token, id_token,
     access_token_expires_at, refresh_token_expires_at, scope, password, created_at, updated_at)
  select 'account-' || id, id, 'credential', id, null, null, null, null::timestamp, null::timestamp,
    null, '${PASSWORD_HASH}', timestamp '2024-06-01', timestamp '2024-06-01'
  from auth.users;
  insert into auth.accounts
  values ('account-google', '1234', 'google', '${ada.id}', 'access', 'refresh', 'id', '2025-01-01',
    '2026-01-01', 'openid,email', null, '2024-06-01', '2024-06-01');
  insert into auth.verification (id, identifier, value, expires_at, created_at, updated_at)
  values ('verification-1', 'reset-password:abc', '${ada.id}', '2099-01-01', '2025-01-01', '2025-01-01');
  insert into auth.two_factor_auth (user_id, secret, enabled, backup_codes, created_at, enabled_at)
  values
    ('${ada.id}', '${twoFactorSecret}', true, '["aaaaa-bbbbb", "ccccc-ddddd"]', '2024-08-01', '2024-08-02'),
    ('${cyd.id}', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', true, null, '2024-08-01', '2024-08-02');
  insert into auth.jwks (id, public_key, private_key, created_at)
  values ('signing-key-1', '${quote(signingKey.publicKey)}', '${quote(signingKey.privateKey)}', '2024-01-01');
  insert into auth.passkeys
    (id, user_id, credential_id, public_key, counter, device_type, backed_up, transports,
     friendly_name, last_used_at, created_at)
  values
    ('passkey-1', '${ada.id}', 'credential-1', 'public-1', 7, 'multiDevice', true,
     '["internal", "smart-card"]', 'Ada''s phone', '2025-01-01', '2024-09-01'),
    ('passkey-2', '${ada.id}', 'credential-2', 'public-2', 0, 'singleDevice', false, '["usb"]', null,
     null, '2024-09-02'),
    ('passkey-3', '${bob.id}', 'credential-3', 'public-3', 0, 'singleDevice', false, null, 'Key', null,
     '2024-09-03');
  insert into auth.organizations (id, name, slug, logo, metadata, created_at, updated_at)
  values ('organization-1', 'Ada''s', 'ada', null, '{"type": "personal"}', '2024-03-01', '2024-03-02');
  insert into auth.members (id, organization_id, user_id, role, created_at)
  values ('member-1', 'organization-1', '${ada.id}', 'owner', '2024-03-01');
  insert into auth.invitations
    (id, organization_id, email, role, status, expires_at, inviter_id, created_at)
  values ('invitation-1', 'organization-1', 'Eve@Example.org', 'member', 'pending', '2099-01-01',
    '${ada.id}', '2024-03-03');
  insert into auth.login_attempts (email, ip_address, successful, attempted_at)
  select 'Ada@Example.org', '203.0.113.7', n % 2 = 0, timestamp '2025-01-01' + n * interval '1 hour'
  from generate_series(1, 50) as n;
  delete from auth.login_attempts where id > 40;
  insert into auth.security_events
    (id, user_id, event_type, ip_address, user_agent, metadata, created_at)
  values ('0191a0d3-0000-7000-8000-000000000001', '${ada.id}', 'LOGIN_SUCCESS', '203.0.113.7', 'Firefox',
    '{"method": "password"}', '2025-01-01');
  insert into auth.encryption_vaults
    (user_id, wrapped_mk, wrap_iv, format_version, kek_id, created_at, rotated_at,
     recovery_wrapped_mk, recovery_iv, recovery_format_version, recovery_set_at, zero_knowledge)
  select id, wrapped_mk, wrap_iv, 1, 'env-v1', timestamp '2024-10-01', rotated_at,
    recovery_wrapped_mk, recovery_iv, 1, recovery_set_at, zero_knowledge
  from (values
    ('${ada.id}', '${EXISTING_VAULT.wrapped}', '${EXISTING_VAULT.iv}', timestamp '2025-01-01', null, null, null::timestamp, false),
    ('${bob.id}', null, null, null, 'cmVjb3Zlcnk=', 'aXY=', timestamp '2025-02-01', true)
  ) as vault (id, wrapped_mk, wrap_iv, rotated_at, recovery_wrapped_mk, recovery_iv,
    recovery_set_at, zero_knowledge);
`;
}

/** What only the plain tables can hold, and a policy like the operator's own. */
export const PLAIN_ROWS = `
  insert into auth.encryption_vault_audit
    (id, user_id, action, ip_address, user_agent, context, status, created_at)
  values ('audit-1', 'user-ada', 'init', '203.0.113.7', 'Firefox', 'settings', 200, '2024-10-01');
  update auth.encryption_vaults set zero_knowledge = null where user_id = 'user-ada';
  alter table auth.encryption_vaults enable row level security;
  alter table auth.encryption_vaults force row level security;
  create policy vault_owner on auth.encryption_vaults
    using (user_id = current_setting('app.current_user_id', true));
`;

/** What only the Drizzle tables can hold: nulls, and values that a foreign key would refuse. */
export const DRIZZLE_ROWS = `
  insert into auth.encryption_vault_audit
    (id, user_id, action, ip_address, user_agent, context, status, created_at)
  values (7, 'user-gone', 'failed_fetch', null, null,
    '{"reason": "kek"}', 'error', '2024-10-01');
  insert into auth.users (id, name, email, role, email_verified, two_factor_enabled)
  values ('user-dan', 'Dan', ' dan@example.org ', null, null, null);
  insert into auth.verification (id, identifier, value, expires_at)
  values ('verification-2', 'email-verification', 'x', '2099-01-01');
  update auth.organizations set updated_at = null;
  update auth.passkeys set transports = '[]' where id = 'passkey-3';
`;

function quote(text: string): string {
  return text.replaceAll("'", "''");
}
